import Glibc
import SystemPackage

/// What tells a file from any that is written later: no two of a file system share it.
struct FilmMark: Codable, Hashable {
    var inode: UInt64
    var bytes, seconds, nanoseconds: Int

    /// Nil where there is no such file.
    init?(_ file: FilePath) {
        var status = stat()
        guard stat(file.string, &status) == 0 else { return nil }
        inode = UInt64(status.st_ino)
        (bytes, seconds, nanoseconds) = (Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
