internal import Glibc
package import SystemPackage

/// The disk that a folder is on.
package enum Disk {
    /// Bytes that this process's user may still write there; nil where that is not known.
    package static func available(at folder: FilePath) -> Int? {
        var status = statvfs()
        guard statvfs(folder.isEmpty ? "." : folder.string, &status) == 0, status.f_frsize > 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }
}
