#include <linux/magic.h>
#include <sys/vfs.h>

#include "CKernels.h"

bool stylevideo_is_kernels(const char *folder) {
    struct statfs system;
    if (statfs(folder, &system) != 0) return false;
    switch ((unsigned)system.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case DEVPTS_SUPER_MAGIC: return true;
    default: return false;
    }
}
