"""JPEG 2000 codestreams (T.800) and progressive JPEGs (T.81), taken apart and put together
again."""
