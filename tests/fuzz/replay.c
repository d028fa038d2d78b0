/*
 * replay.c - run a fuzz target without a fuzzer, in `make check`.
 *
 *	fuzz_NAME [-n RUNS] [-s SEED] [FILE|FOLDER]...
 *
 * Every file is given to LLVMFuzzerTestOneInput() as it is; then RUNS inputs
 * are made from them by small random changes.  The same seed makes the same
 * inputs.  When one of them ends the process, it is written to
 * $TMPDIR/fuzz-input first, and its place is named, so that it can join the
 * corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INPUT_MAX = 1 << 16, /* longer files are cut */
	GROWN_MAX = 1 << 13, /* a change does not make them longer */
	CHANGES_MAX = 8,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sanitizers call it before they end the process; absent without them. */
void __sanitizer_set_death_callback(void (*callback)(void))
    __attribute__((weak));

struct input {
	uint8_t *p;
	size_t n;
	char *name;
};

struct corpus {
	struct input *input;
	size_t n, cap;
};

/* For the handler of a signal, which can be told nothing. */
static uint8_t current[INPUT_MAX];
static size_t current_n;
static char current_path[PATH_MAX];

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

static void
save_current(void)
{
	static const char says[] = "the input is in ";
	int fd = open(current_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, current, current_n) < 0 ||
	    write(2, says, sizeof(says) - 1) < 0 ||
	    write(2, current_path, strlen(current_path)) < 0 ||
	    write(2, "\n", 1) < 0)
		return;
	close(fd);
}

static void
on_signal(int signo)
{
	save_current();
	signal(signo, SIG_DFL);
	raise(signo);
}

static void
watch(void)
{
	const char *folder = getenv("TMPDIR");

	snprintf(current_path, sizeof(current_path), "%s/fuzz-input",
	    folder ? folder : "/tmp");
	signal(SIGABRT, on_signal); /* assert(), and a property that fails */
	if (__sanitizer_set_death_callback) {
		__sanitizer_set_death_callback(save_current);
	} else {
		signal(SIGSEGV, on_signal);
		signal(SIGBUS, on_signal);
		signal(SIGFPE, on_signal);
		signal(SIGILL, on_signal);
	}
}

static void
try_input(const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	if (!exact)
		die("malloc");
	/* Of its exact size, so that ASan sees a read beyond it. */
	if (n) {
		memcpy(current, p, n);
		memcpy(exact, p, n);
	}
	current_n = n;
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void
corpus_add_file(struct corpus *c, const char *path)
{
	struct input *in;
	FILE *f;

	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 64;
		c->input = realloc(c->input, c->cap * sizeof(*c->input));
		if (!c->input)
			die("realloc");
	}
	in = &c->input[c->n++];
	if (!(in->p = malloc(INPUT_MAX)) || !(in->name = strdup(path)))
		die("malloc");
	if (!(f = fopen(path, "rb")))
		die(path);
	in->n = fread(in->p, 1, INPUT_MAX, f);
	if (ferror(f))
		die(path);
	fclose(f);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
corpus_add(struct corpus *c, const char *path)
{
	struct dirent **entry;
	struct stat st;
	char name[PATH_MAX];
	int i, n;

	if (stat(path, &st) < 0) {
		if (errno == ENOENT)
			return; /* a target without a corpus yet */
		die(path);
	}
	if (!S_ISDIR(st.st_mode)) {
		corpus_add_file(c, path);
		return;
	}
	if ((n = scandir(path, &entry, NULL, by_name)) < 0)
		die(path);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
		if (stat(name, &st) == 0 && S_ISREG(st.st_mode))
			corpus_add_file(c, name);
		free(entry[i]);
	}
	free(entry);
}

static void
corpus_release(struct corpus *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->input[i].p);
		free(c->input[i].name);
	}
	free(c->input);
}

/* xorshift64*: the same inputs on every machine. */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static size_t
below(uint64_t *state, size_t n)
{
	return n ? (size_t)(next(state) % n) : 0;
}

/* Bytes that mean something to one reader of text or another. */
static const char *const piece[] = {
	"\"",
	"\"\"",
	",",
	";",
	"\t",
	"|",
	"\n",
	"\r",
	"\r\n",
	" ",
	"'",
	"=",
	"+",
	"-",
	"(",
	")",
	".",
	"0",
	"00",
	"1",
	"86",
	"+86",
	"0086",
	"13800",
	"E+10",
	"x12",
	"ext.",
	"#",
	"*",
	"sep=;\n",
	"\xef\xbb\xbf",
	"\xff\xfe",
	"\xfe\xff",
	"\xc2\xa0",
	"\xe2\x80\x8b",
	"\xef\xbc\x91",
	"\xb1\xb1",
	"\x81\x30\x81\x30",
	"\xff",
	"\x80",
	"[",
	"]",
	"T",
	"Z",
	":",
	"/",
};

static size_t
insert(uint8_t *p, size_t n, size_t at, const void *what, size_t len)
{
	if (n + len > GROWN_MAX)
		return n;
	memmove(p + at + len, p + at, n - at);
	memcpy(p + at, what, len);
	return n + len;
}

static size_t
change(uint8_t *p, size_t n, const struct corpus *c, uint64_t *rnd)
{
	const size_t pieces = sizeof(piece) / sizeof(*piece);
	const struct input *other;
	const char *s;
	size_t at, len, from;
	uint8_t byte;

	at = below(rnd, n + 1);
	switch (below(rnd, 7)) {
	case 0: /* a bit */
		if (at < n)
			p[at] ^= (uint8_t)(1u << below(rnd, 8));
		return n;
	case 1: /* a byte */
		if (at < n)
			p[at] = (uint8_t)next(rnd);
		return n;
	case 2: /* something less */
		len = below(rnd, n - at + 1);
		len = len > 16 ? 1 + len % 16 : len;
		memmove(p + at, p + at + len, n - at - len);
		return n - len;
	case 3: /* a byte more */
		byte = (uint8_t)next(rnd);
		return insert(p, n, at, &byte, 1);
	case 4: /* a piece more */
	case 5:
		s = piece[below(rnd, pieces)];
		return insert(p, n, at, s, strlen(s));
	default: /* part of another input */
		if (!c->n)
			return n;
		other = &c->input[below(rnd, c->n)];
		from = below(rnd, other->n);
		len = below(rnd, other->n - from + 1);
		len = len > 256 ? len % 256 : len;
		return insert(p, n, at, other->p + from, len);
	}
}

static void
try_changed(const struct corpus *c, long runs, uint64_t seed)
{
	static uint8_t p[GROWN_MAX];
	const struct input *in;
	size_t changes, n;
	long i;

	for (i = 0; i < runs; i++) {
		n = 0;
		if (c->n) {
			in = &c->input[below(&seed, c->n)];
			n = in->n < GROWN_MAX ? in->n : GROWN_MAX;
			memcpy(p, in->p, n);
		}
		for (changes = 1 + below(&seed, CHANGES_MAX); changes;
		     changes--)
			n = change(p, n, c, &seed);
		try_input(p, n);
	}
}

int
main(int argc, char **argv)
{
	struct corpus c = { 0 };
	uint64_t seed = 1;
	long runs = 0;
	size_t i;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			runs = strtol(optarg, NULL, 10);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 10) | 1;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		corpus_add(&c, argv[optind]);
	watch();
	try_input(NULL, 0);
	for (i = 0; i < c.n; i++)
		try_input(c.input[i].p, c.input[i].n);
	try_changed(&c, runs, seed);
	printf("%zu inputs of the corpus, %ld changed ones\n", c.n, runs);
	corpus_release(&c);
	return 0;
}
