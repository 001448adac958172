# /// script
<<<<<<< HEAD
# dependencies = []
=======
# dependencies = ["six"]
>>>>>>> branch
# ///
