# /// script
# dependencies = "six"
# ///
