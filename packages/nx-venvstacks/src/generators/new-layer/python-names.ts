/**
 * Names that a launch module should not have: a script's folder comes first on `sys.path`, so `json.py` would take the
 * place of the standard library's `json` for all that it imports.
 *
 * Source: `sys.stdlib_module_names` of CPython 3.11, without private ones, and what 3.12 to 3.15 added;
 * `keyword.kwlist`.
 */
const STANDARD_LIBRARY = new Set(
  `abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii
bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression
concurrent configparser contextlib contextvars copy copyreg cprofile crypt csv ctypes curses dataclasses datetime dbm
decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch
fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http
idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma
mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath
nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform
plistlib poplib posix posixpath pprint profile profiling pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue
quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal
site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test
textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo
types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib
xml xmlrpc zipapp zipfile zipimport zlib zoneinfo`.split(/\s+/),
);
const KEYWORDS = new Set(
  `and as assert async await break class continue def del elif else except false finally for from global if import in is
lambda none nonlocal not or pass raise return true try while with yield`.split(/\s+/),
);

/**
 * A name to import an application's launch module by: the application's, made an identifier that shadows nothing.
 *
 * @param requirements normalised names of packages that the application needs
 */
export function importNameFor(name: string, requirements: readonly string[]): string {
  const words = name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{XID_Continue}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  const identifier = /^\p{XID_Start}/u.test(words) ? words : `app_${words}`.replace(/_$/, '');
  const packages = requirements.map((each) => each.replaceAll('-', '_'));
  const isTaken = STANDARD_LIBRARY.has(identifier) || KEYWORDS.has(identifier) || packages.includes(identifier);
  return isTaken ? `${identifier}_app` : identifier;
}
