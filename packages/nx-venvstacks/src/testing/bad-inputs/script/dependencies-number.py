# /// script
# dependencies = [-1]
# ///
