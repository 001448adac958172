# /// script
# dependencies = ["six"]
# ///
