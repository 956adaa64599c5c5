internal import Glibc
package import SystemPackage

/// The disk that a folder is on.
package struct Disk {
    /// Names it among all that are mounted.
    package var device: UInt
    /// Bytes that this process's user may still write there.
    package var available: Int

    package init(device: UInt, available: Int) { (self.device, self.available) = (device, available) }

    /// Nil where that is not known.
    package init?(_ folder: FilePath) {
        let path = folder.isEmpty ? "." : folder.string
        var (room, status) = (statvfs(), stat())
        guard statvfs(path, &room) == 0, room.f_frsize > 0, stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        available = Int(
            clamping: UInt64(room.f_bavail).multipliedReportingOverflow(by: UInt64(room.f_frsize)).partialValue)
    }
}
