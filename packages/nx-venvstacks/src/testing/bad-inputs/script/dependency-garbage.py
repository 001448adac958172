# /// script
# dependencies = ["a=="]
# ///
