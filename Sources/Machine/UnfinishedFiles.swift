internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The temporary files of outputs that are being written, for a program that must end at once.
public enum UnfinishedFiles {
    private static let paths = Mutex<Set<FilePath>>([])

    static func add(_ path: FilePath) { paths.withLock { _ = $0.insert(path) } }
    static func drop(_ path: FilePath) { paths.withLock { _ = $0.remove(path) } }

    /// Takes them all away; whoever still writes to one writes into nothing.
    public static func removeAll() { paths.withLock { for path in $0 { unlink(path.string) } } }
}
