# /// script
# requires-python = "three"
# dependencies = []
# ///
