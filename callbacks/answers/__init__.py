"""A senior's answer in writing: kept as a draft, sent by the right way, read behind a link and a code, or heard."""
