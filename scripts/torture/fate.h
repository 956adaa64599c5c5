#include <sys/types.h>

enum fate { pass, fail, halve };

/* Whether an absolute path is the folder or lies in it. */
int is_inside(const char *path);

/* Counts a change and says what becomes of it; where it fails, errno says why. The caller has locked. */
enum fate next(int needs_room, int is_write);

/* Called when a write's half is done. */
void after_half(void);

/* Writes a change that was made to the journal. */
void note(const char *verb, ino_t inode, long offset, const void *bytes, long length, const char *path,
          const char *path2);
