/*
 * screen.h - judge the rows of a block: everything about a row that does not
 * depend on other rows.
 *
 * A struct screen is what one thread needs for that.  It splits a block, reads
 * the numbers of every row, looks their facts up and judges them; what it finds
 * goes with the block, a struct screened, since that may wait for its turn while
 * the thread is at another.  Duplicates, row numbers and files are the business
 * of scrub.c, in the order of the list.
 */
#ifndef SCRUB_FLOW_SCREEN_H
#define SCRUB_FLOW_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/campaign.h"
#include "flow/judge.h"
#include "flow/scrub.h"
#include "flow/summary.h"
#include "store/facts.h"
#include "store/numset.h"
#include "text/csv_reader.h"
#include "text/number_memo.h"

enum { SCREEN_NONE = UINT32_MAX };

/* One number of a row, or one cell that holds none that can be called. */
struct judged {
	uint64_t key;    /* 0: none */
	uint32_t fired;  /* as in struct verdict */
	uint32_t detail; /* index into detail[], which several may share;
	                    SCREEN_NONE when kept */
	uint32_t cell;   /* index into cell[]; SCREEN_NONE for a number */
	uint16_t region;
	uint8_t type;
	uint8_t phone; /* which phone column */
	uint8_t priority;
};

/* A cell without a number that can be called, for the report. */
struct screen_cell {
	struct number_cell parsed;
	struct span text; /* as it stands in the list */
	const char *note; /* more on why; NULL */
};

/* A row's share of judged[].  A malformed row has none, and one that plain[]
 * tells of has none that is worth a look. */
struct screen_row {
	uint32_t first;
	uint32_t n;
};

/* A block and what was found in it.  Zero it; screened_release(). */
struct screened {
	struct csv_block block; /* the caller fills it in */

	/* results, valid until its next screen_block() */
	struct csv_rows rows;
	/*
	 * rows.n.  Not 0: the row is kept as it stands, unless its number was
	 * kept before, which is this one, as numset_mixed() makes it, or
	 * NUMSET_NOBODY, when no other row has it; and it has no priority.
	 * Only after screen_plain().
	 */
	uint64_t *plain;
	uint64_t *alone; /* numbers of rows that nobody else has, as plain[]
	                    says, where they are asked for */
	struct screen_row *row; /* rows.n */
	struct judged *judged;
	struct verdict *detail;
	struct screen_cell *cell;
	size_t alone_n, judged_n, detail_n, cell_n;
	uint64_t numbers;    /* cells that were not empty */
	uint64_t unreadable; /* of those, without a number */
	uint64_t bad_consent_dates;
	uint64_t flag[SUMMARY_FLAGS];

	/* how many there is room for */
	size_t plain_cap, alone_cap, row_cap, judged_cap, detail_cap, cell_cap;
};

struct screen {
	/* set by screen_init() */
	const struct scrub_options *o;
	const struct campaign_columns *columns;
	const struct csv_dialect *dialect;
	struct decoder decoder;

	/* for its own use */
	struct screened *at; /* the block at hand */
	struct number_rules rules;
	const char *region_note;
	struct number_memo memo;
	struct judge judge;
	struct policy_glance glance;
	bool lone_number;    /* one phone column, no consent columns */
	bool lone_cell;      /* one that is a cell, no region column */
	bool by_facts;       /* nothing but its own facts bears on a number */
	bool tells_plain;    /* screen_plain() was called, and */
	bool tells_alone;    /* of whom nobody else has: alone[] */
	struct hash_mix mix; /* this is how `kept` mixes keys */

	/* the numbers of some rows */
	struct number_cell *parsed;
	bool *one_reading; /* of parsed[]: known by the memo, and there is no
	                      number but the one it is: instead of parsed[] */
	struct number_traits *traits; /* tells of it, and batch.key */
	struct judge_batch batch;     /* of parsed[]: of its first number */
	struct buf scratch, joined;
	uint64_t *expected; /* numbers of some rows, to be named; 0: none */
	size_t expected_n, expected_cap;
};

/*
 * Ready *s for the list that `r` has open.  On failure, too, *s is to be
 * released.  ERR_NOMEM, or ERR_USAGE from iconv.
 */
int screen_init(struct screen *s, const struct scrub_options *o,
    const struct lists *lists, const struct campaign_columns *columns,
    struct csv_reader *r, struct err *err);

/*
 * What is kept is kept once and as it stands, and `kept` will hold its numbers:
 * tell rows of one number against which nothing speaks in plain[].  `kept` was
 * reserved; it is not looked into, and others may add to it meanwhile.
 * `asks_once`: it need not hold numbers that no other row has; they are told of
 * in alone[] when the run is put on record.
 */
void screen_plain(struct screen *s, const struct numset *kept, bool asks_once);

/* Judge b->block.  Fails with ERR_NOMEM. */
int screen_block(struct screen *s, struct screened *b, struct err *err);

/*
 * Name to `f` (facts_expect()) the numbers that screen_block() would look up.
 * Fails with ERR_NOMEM.
 */
int screen_expect(struct screen *s, struct screened *b, struct facts *f,
    struct err *err);

void screen_release(struct screen *s);
void screened_release(struct screened *b);

#endif
