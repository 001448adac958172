# /// script
# dependencies = ["six"]
# ///
