"""What the client takes for the user's browser: hands the address to the test, and is open until the user is done with it."""

import os
import sys
import urllib.request

urllib.request.urlopen(os.environ["DESKTOP"], data=sys.argv[1].encode()).read()
