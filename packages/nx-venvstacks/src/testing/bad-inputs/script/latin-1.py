# /// script
# dependencies = ["six"]
# ///
# größe
