#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/secret.h"
#include "value.h"

int
passphrase_take_file(struct passphrase_from *from, const char *value,
    struct err *err)
{
	if (from->has_fd)
		return err_set(err, ERR_USAGE,
		    "a descriptor was given already");
	from->file = value;
	return 0;
}

int
passphrase_take_fd(struct passphrase_from *from, const char *value,
    struct err *err)
{
	size_t fd;

	if (from->file)
		return err_set(err, ERR_USAGE, "a file was given already");
	if (value_count(&fd, value, 0, 1 << 20, err) < 0)
		return -1;
	from->has_fd = true;
	from->fd = (int)fd;
	return 0;
}

/*
 * One line, without its end.  Byte by byte: what follows it on a descriptor is
 * for whoever reads it next, such as a second passphrase.
 */
static int
line_read(int fd, const char *name, char *out, size_t cap, struct err *err)
{
	size_t n = 0;
	ssize_t got;
	char c;

	if (cap > PASSPHRASE_MAX)
		cap = PASSPHRASE_MAX;
	for (;;) {
		got = read(fd, &c, 1);
		if (got < 0 && errno == EINTR) {
			if (interrupt_check(err) < 0)
				return -1;
			continue;
		}
		if (got < 0)
			return err_sys(err, "%s: cannot read", name);
		if (got == 0 || c == '\n')
			break;
		if (n == cap)
			return err_set(err, ERR_USAGE,
			    "%s: a passphrase has at most %zu bytes", name,
			    cap);
		out[n++] = c;
	}
	secret_wipe(&c, 1);
	if (n > 0 && out[n - 1] == '\r')
		n--;
	if (n == 0)
		return err_set(err, ERR_USAGE, "%s: the passphrase is empty",
		    name);
	return (int)n;
}

/* ---- a file ---- */

static int
file_read(const char *path, char *out, size_t cap, struct err *err)
{
	struct stat st;
	int fd, ret;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		return err_sys(err, "%s", path);
	if (fstat(fd, &st) < 0) {
		ret = err_sys(err, "%s", path);
	} else if (S_ISREG(st.st_mode) && st.st_mode & 077) {
		err_set(err, ERR_AUTH, "%s: others can read the passphrase",
		    path);
		ret = err_hint(err, "chmod 600 %s", path);
	} else {
		ret = line_read(fd, path, out, cap, err);
	}
	close(fd);
	return ret;
}

/* ---- a terminal ---- */

/* Prompts are for the person at the terminal, wherever our output goes. */
static void
say(int tty, const char *text)
{
	size_t n = strlen(text);

	if (write(tty, text, n) != (ssize_t)n)
		return; /* who cannot see the prompt may answer it all the same */
}

/* Ask without an echo; ^Z would leave the terminal like that. */
static int
ask(int tty, const char *what, const char *again, char *out, size_t cap,
    struct err *err)
{
	struct termios old, quiet;
	int ret;

	if (tcgetattr(tty, &old) < 0)
		return err_sys(err, "terminal");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) < 0)
		return err_sys(err, "terminal");
	say(tty, what);
	say(tty, again);
	say(tty, ": ");
	ret = line_read(tty, "terminal", out, cap, err);
	tcsetattr(tty, TCSAFLUSH, &old);
	say(tty, "\n");
	return ret;
}

static int
ask_twice(int tty, const char *what, const char *first, int n, struct err *err)
{
	char *second = secret_alloc(PASSPHRASE_MAX, err);
	int m;

	if (!second)
		return -1;
	m = ask(tty, what, ", once more", second, PASSPHRASE_MAX, err);
	if (m >= 0 && (m != n || !secret_equal(first, second, (size_t)n)))
		m = err_set(err, ERR_USAGE, "the two passphrases differ");
	secret_free(second);
	return m;
}

static int
terminal_read(const char *what, bool is_new, char *out, size_t cap,
    struct err *err)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), n;

	if (tty < 0) {
		err_set(err, ERR_AUTH, "%s: no terminal to ask for it", what);
		return err_hint(err, "--%spassphrase-file or --%spassphrase-fd",
		    is_new ? "new-" : "", is_new ? "new-" : "");
	}
	n = ask(tty, what, "", out, cap, err);
	if (n >= 0 && is_new)
		n = ask_twice(tty, what, out, n, err);
	close(tty);
	return n;
}

int
passphrase_read(const struct passphrase_from *from, const char *what,
    bool is_new, char *out, size_t cap, struct err *err)
{
	if (from->file)
		return file_read(from->file, out, cap, err);
	if (from->has_fd)
		return line_read(from->fd, what, out, cap, err);
	return terminal_read(what, is_new, out, cap, err);
}

int
passphrase_ask(void *from, char *out, size_t cap, struct err *err)
{
	return passphrase_read(from, "passphrase of the key", false, out, cap,
	    err);
}
