internal import Glibc
internal import Synchronization
package import SystemPackage

/// What is in the folders for a while only, for a program that must end at once: files of outputs that are being
/// written, and folders of such files.
public enum UnfinishedFiles {
    private static let paths = Mutex<Set<FilePath>>([])

    package static func add(_ path: FilePath) { paths.withLock { _ = $0.insert(path) } }
    package static func drop(_ path: FilePath) { paths.withLock { _ = $0.remove(path) } }

    /// Takes them all away, and folders where nothing else is in them; whoever still writes to one writes into nothing.
    public static func removeAll() {
        paths.withLock { paths in
            for path in paths { unlink(path.string) }
            for path in paths { rmdir(path.string) }
        }
    }
}
