#include "author.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

const char *
author_name(char out[AUTHOR_MAX], const char *by)
{
	const struct passwd *pw;

	if (by)
		return by;
	pw = getpwuid(getuid());
	if (pw && pw->pw_name[0])
		snprintf(out, AUTHOR_MAX, "%s", pw->pw_name);
	else
		snprintf(out, AUTHOR_MAX, "uid %u", (unsigned)getuid());
	return out;
}
