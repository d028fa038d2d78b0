/*
 * fault_register.c - whatever fails below SQLite, a change of the register is
 * made or it is not.
 *
 * SQLite makes its system calls itself, out of reach of wrap.list.  So a VFS
 * stands before the system's own, and makes the n-th write, sync or truncation
 * fail, once or from then on, or ends the process there.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/span.h"
#include "fault.h"
#include "store/register.h"

enum { NOW = 1790000000, ENTRIES = 50, STATUS_DONE = 0, STATUS_FAILED = 1 };
enum mode { ONCE, FOR_GOOD, KILLED, MODES };

static const char *const mode_names[MODES] = { "once", "for good", "killed" };

#define NUMBER UINT64_C(8613812345678)

/* ---- the VFS ---- */

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs vfs;
static sqlite3_io_methods methods;
static sqlite3_vfs *system_vfs;
static enum mode mode;
static unsigned calls, fail_at; /* 0: nothing fails */

static sqlite3_file *
real(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static bool
fails(void)
{
	calls++;
	if (fail_at == 0 || calls < fail_at)
		return false;
	if (mode == KILLED)
		_exit(99);
	return mode == FOR_GOOD || calls == fail_at;
}

static int
file_close(sqlite3_file *f)
{
	return real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) :
				   SQLITE_OK;
}

static int
file_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), p, n, at);
}

static int
file_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	/* a write may do a part of its work */
	if (fails()) {
		real(f)->pMethods->xWrite(real(f), p, n / 2, at);
		return SQLITE_IOERR_WRITE;
	}
	return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return fails() ? SQLITE_IOERR_TRUNCATE :
			 real(f)->pMethods->xTruncate(real(f), n);
}

static int
file_sync(sqlite3_file *f, int flags)
{
	return fails() ? SQLITE_IOERR_FSYNC :
			 real(f)->pMethods->xSync(real(f), flags);
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return real(f)->pMethods->xFileSize(real(f), n);
}

static int
file_lock(sqlite3_file *f, int kind)
{
	return real(f)->pMethods->xLock(real(f), kind);
}

static int
file_unlock(sqlite3_file *f, int kind)
{
	return real(f)->pMethods->xUnlock(real(f), kind);
}

static int
file_reserved(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
file_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int
file_device(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
file_shm_map(sqlite3_file *f, int i, int n, int extend, void volatile **out)
{
	return real(f)->pMethods->xShmMap(real(f), i, n, extend, out);
}

static int
file_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void
file_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
file_shm_unmap(sqlite3_file *f, int remove)
{
	return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static int
vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *got)
{
	struct file *file = (struct file *)f;
	int rc;

	(void)v;
	file->real = (sqlite3_file *)(file + 1);
	rc = system_vfs->xOpen(system_vfs, name, file->real, flags, got);
	f->pMethods = file->real->pMethods ? &methods : NULL;
	return rc;
}

static void
vfs_install(void)
{
	system_vfs = sqlite3_vfs_find(NULL);
	vfs = *system_vfs;
	vfs.zName = "faulty";
	vfs.szOsFile = (int)sizeof(struct file) + system_vfs->szOsFile;
	vfs.xOpen = vfs_open;
	methods = (sqlite3_io_methods){
		.iVersion = 2,
		.xClose = file_close,
		.xRead = file_read,
		.xWrite = file_write,
		.xTruncate = file_truncate,
		.xSync = file_sync,
		.xFileSize = file_size,
		.xLock = file_lock,
		.xUnlock = file_unlock,
		.xCheckReservedLock = file_reserved,
		.xFileControl = file_control,
		.xSectorSize = file_sector,
		.xDeviceCharacteristics = file_device,
		.xShmMap = file_shm_map,
		.xShmLock = file_shm_lock,
		.xShmBarrier = file_shm_barrier,
		.xShmUnmap = file_shm_unmap,
	};
	sqlite3_vfs_register(&vfs, 1);
}

/* ---- what is done ---- */

static struct keyring *keys;
static struct err err;

static int
add(struct register_db *db, uint64_t first, uint64_t n)
{
	struct register_entry e = {
		.kind = FACT_DNC,
		.reason = REASON_REQUEST,
		.origin = { .author = SPAN("amy") },
	};
	enum register_outcome was;
	uint64_t i;

	if (register_begin(db, NOW, &err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		e.subject.key = first + i;
		if (register_add(db, &e, &was, &err) < 0)
			return -1;
	}
	return register_commit(db, &err);
}

static int
job_add(struct register_db *db)
{
	return add(db, NUMBER + ENTRIES, ENTRIES);
}

static int
job_rotate(struct register_db *db)
{
	return register_rekey(db, keyring_next(keys), NOW, SPAN("amy"), &err);
}

static const struct job {
	const char *name;
	int (*run)(struct register_db *db);
	uint64_t entries; /* when it is done */
} jobs[] = {
	{ "adding", job_add, 2 * ENTRIES },
	{ "rotating the key", job_rotate, ENTRIES },
};

/* In a process of its own: how did it end? */
static int
attempt(const struct job *job)
{
	struct register_db *db;
	int ret;

	if (register_open(&db, "register", keys, REGISTER_WRITE, &err) < 0)
		return STATUS_FAILED;
	ret = job->run(db);
	register_close(db);
	return ret < 0 ? STATUS_FAILED : STATUS_DONE;
}

/* ---- what must hold afterwards ---- */

static int
count(void *arg, const struct register_fact *f, struct err *e)
{
	(void)f;
	(void)e;
	++*(uint64_t *)arg;
	return 0;
}

static void
found(void *arg, const char *what)
{
	snprintf(arg, 200, "%s", what);
}

/* What is wrong; NULL: nothing. */
static const char *
look(const struct job *job, bool done)
{
	static char what[200];
	struct register_db *db;
	uint64_t n = 0;
	void *const arg[1] = { &n };
	const char *wrong = NULL;
	bool moved;

	if (register_open(&db, "register", keys, REGISTER_READ, &err) < 0)
		return err.text;
	moved = strcmp(register_key_id(db), keyring_next(keys)) == 0;
	if (register_verify(db, found, what, &err) != 0)
		wrong = what;
	else if (register_each(db, 1, count, arg, &err) < 0)
		wrong = err.text;
	else if (n != ENTRIES && n != job->entries)
		wrong = "neither before nor after";
	else if (done && (n != job->entries || moved != (n == ENTRIES)))
		wrong = "it was said to be done, and is not";
	register_close(db);
	return wrong;
}

/* Fail one call after the other until there is none left to fail. */
static const char *
run(const struct job *job)
{
	const char *wrong = NULL;
	int status = -1;

	for (fail_at = 1; !wrong; fail_at++) {
		pid_t pid;

		if (system("rm -f register* && cp -p saved register") != 0)
			return "no copy";
		fflush(stdout);
		if ((pid = fork()) == 0) {
			vfs_install();
			calls = 0;
			status = attempt(job);
			/* 2: there was no such call any more */
			_exit(calls < fail_at ? 2 + status : status);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return "no process";
		if (!WIFEXITED(status))
			return "it crashed";
		status = WEXITSTATUS(status);
		if (status == 2 + STATUS_FAILED)
			return "it fails by itself";
		wrong = look(job,
		    status == STATUS_DONE || status == 2 + STATUS_DONE);
		if (status == 2 + STATUS_DONE)
			break;
	}
	return wrong;
}

static bool
lay_out(void)
{
	struct register_db *db;
	bool ok;

	if (keyring_create("key", &err) < 0 ||
	    keyring_open(&keys, "key", NULL, &err) < 0 ||
	    keyring_add_next(keys, &err) < 0 ||
	    register_create("register", keys, NOW, &err) < 0 ||
	    register_open(&db, "register", keys, REGISTER_WRITE, &err) < 0)
		return false;
	ok = add(db, NUMBER, ENTRIES) == 0;
	register_close(db);
	return ok && rename("register", "saved") == 0;
}

int
main(void)
{
	char dir[] = "fault_register.XXXXXX";
	const char *tmp = getenv("TMPDIR"), *wrong;
	char clean[64];
	size_t i;
	int failed = 0;

	if (chdir(tmp ? tmp : "/tmp") < 0 || !mkdtemp(dir) || chdir(dir) < 0 ||
	    !lay_out()) {
		printf("not ok - a register to begin with: %s\n", err.text);
		return 1;
	}
	for (i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
		for (mode = ONCE; mode < MODES; mode++) {
			unsigned last;

			wrong = run(&jobs[i]);
			last = fail_at;
			fail_at = 0;
			printf("%s - %s, %s, up to call %u%s%s\n",
			    wrong ? "not ok" : "ok", jobs[i].name,
			    mode_names[mode], last, wrong ? ": " : "",
			    wrong ? wrong : "");
			failed += wrong != NULL;
		}
	}
	keyring_close(keys);
	snprintf(clean, sizeof(clean), "rm -rf '%s'", dir);
	return chdir("..") < 0 || system(clean) != 0 || failed > 0;
}
