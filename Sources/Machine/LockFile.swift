internal import Glibc
internal import Synchronization
public import SystemPackage

/// A file that says who is at work on something, so that others keep away from it: made by one of all who try, on any
/// file system, and by no lock of the system's, which network file systems do not keep.
///
/// Its holder touches it every half minute. It saves work twice done and no more: nothing may come to harm where two
/// hold one, as when a machine slept longer than its lock is believed.
public final class LockFile: Sendable {
    private let path: FilePath
    private let isHeld = Mutex(true)

    /// - Throws: `Held` where a living process has it; `OutputError`.
    public init(_ path: FilePath) throws {
        var tries = 0
        while try !Self.make(path) {
            tries += 1
            let holder = Self.holder(of: path)
            guard tries < Self.mostTries else { throw Held(file: path.string, holder: holder?.mark) }
            guard let holder, !holder.isBeingMade else {
                usleep(Self.pause)
                continue
            }
            guard holder.isDead, try Self.take(away: path, of: holder) else {
                throw Held(file: path.string, holder: holder.mark)
            }
        }
        // Last: where this fails, there is nothing to release.
        self.path = path
        UnfinishedFiles.add(path)
        Heart.add(path)
        OutputFile.removeRemains(of: path)
    }

    deinit { release() }

    /// Lets others have it. Nothing happens the second time.
    public func release() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        guard wasHeld else { return }
        Heart.drop(path)
        unlink(path.string)
        UnfinishedFiles.drop(path)
    }

    /// - Throws: `Held` where a living process has a lock.
    public static func checkFree(_ path: FilePath) throws {
        guard let holder = holder(of: path), !holder.isDead else { return }
        throw Held(file: path.string, holder: holder.mark)
    }

    /// Removes what processes have left of it that have ended.
    package static func removeRemains(of path: FilePath) {
        if let holder = holder(of: path), holder.isDead { _ = try? take(away: path, of: holder) }
        OutputFile.removeRemains(of: path)
    }
}

/// Somebody else is at work.
public struct Held: Trouble {
    let file: String
    /// Nil where the file does not say.
    let holder: ProcessMark?

    public var trouble: TroubleKind { .comeAgain }
    public var description: String {
        guard let holder else {
            return "somebody may be at work on it: \(printable(file)) does not say who, and counts for a minute"
        }
        return printable("process \(holder.process) on \(holder.host)") + " is at work on it (\(printable(file)))"
    }
}

extension LockFile {
    private struct Holder {
        var mark: ProcessMark?
        var isDead: Bool
        var isBeingMade = false
    }

    /// Seconds that one counts which does not say whose it is.
    private static let doubt = 60
    /// Seconds without a sign of life after which another machine's process is dead.
    private static let patience = 600
    /// Locks may come and go between two looks, but not for ever.
    private static let mostTries = 100
    /// Between them, in microseconds.
    private static let pause: UInt32 = 10_000

    /// With its content at once, by a link: whoever reads it reads a whole one.
    /// - Returns: false where there is one.
    private static func make(_ path: FilePath) throws -> Bool {
        let draft = OutputFile.temporaryName(for: path)
        defer { unlink(draft.string) }
        do {
            try write(draft)
            do {
                try OutputFile.name(draft, path)
            } catch let error as Errno where error != .fileExists {
                // No hard links here: the file may be seen empty for a moment.
                try write(path)
            }
            return true
        } catch let error as Errno {
            if error == .fileExists { return false }
            throw OutputError.uncreated(path, code: error.rawValue)
        }
    }

    /// Nothing stays where that fails.
    /// - Throws: `Errno`.
    static func write(
        _ path: FilePath, _ body: (FileDescriptor) throws -> Void = { _ = try $0.writeAll(ProcessMark.own.line.utf8) }
    ) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
        do {
            try file.closeAfter { try body(file) }
        } catch {
            unlink(path.string)
            throw error
        }
    }

    /// Nil where the file has gone.
    private static func holder(of path: FilePath) -> Holder? {
        var status = stat()
        // Of a link that leads nowhere too: it takes the name.
        guard lstat(path.string, &status) == 0 else { return nil }
        let age = abs(now(beside: path) - status.st_mtim.tv_sec)
        guard let text = try? contents(of: path), let mark = ProcessMark(line: text) else {
            return unknownHolder(of: path, age: age)
        }
        // A time far ahead is that of a clock which has been set back since.
        return Holder(mark: mark, isDead: mark.hasEnded ?? (age > patience))
    }

    /// Of a lock that is empty or cannot be read: its maker's draft, which goes when the lock is written, tells whose
    /// it is. Without one, a machine has lost its power, or somebody else has written there.
    private static func unknownHolder(of path: FilePath, age: Int) -> Holder {
        let makers = OutputFile.temporaries(of: path).map(\.mark)
        if let living = makers.first(where: { $0.hasEnded == false }) {
            return Holder(mark: living, isDead: false, isBeingMade: true)
        }
        return Holder(mark: nil, isDead: age > doubt || makers.contains { $0.hasEnded == true })
    }

    /// The time by the clock that gives the folder's files theirs.
    private static func now(beside path: FilePath) -> Int {
        let probe = OutputFile.temporaryName(for: path)
        defer { unlink(probe.string) }
        var status = stat()
        guard (try? write(probe)) != nil, stat(probe.string, &status) == 0 else { return time(nil) }
        return status.st_mtim.tv_sec
    }

    /// Puts a dead one's lock aside, as the only one who does. Where it is another's by now, it stays.
    /// - Returns: false where the folder's owner does not let it be moved.
    /// - Throws: `OutputError` where the disk does not: then nobody is at work, and to say so would be untrue.
    private static func take(away path: FilePath, of holder: Holder) throws -> Bool {
        // Of those on one machine (and on network file systems that keep locks) one at a time: to judge a holder takes
        // a while, in which others take it over, and a living one's name would be free while it is looked at. Where
        // there are no such locks the looks before and behind leave next to no time for that.
        let dead = open(path.string, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard dead >= 0 else { return errno == ENOENT ? true : try move(away: path, of: holder) }
        defer { close(dead) }
        if flock(dead, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            usleep(pause)
            return true
        }
        return try isAt(path, dead) ? move(away: path, of: holder) : true
    }

    private static func isAt(_ path: FilePath, _ file: Int32) -> Bool {
        var (named, opened) = (stat(), stat())
        return lstat(path.string, &named) == 0 && fstat(file, &opened) == 0 && named.st_ino == opened.st_ino
            && named.st_dev == opened.st_dev
    }

    private static func move(away path: FilePath, of holder: Holder) throws -> Bool {
        if let mark = (try? contents(of: path)).flatMap(ProcessMark.init(line:)), mark != holder.mark { return true }
        let aside = OutputFile.temporaryName(for: path)
        guard rename(path.string, aside.string) == 0 else {
            let code = errno
            guard ![EACCES, EPERM, ENOENT].contains(code) else { return code == ENOENT }
            throw OutputError.uncreated(path, code: code)
        }
        if let mark = (try? contents(of: aside)).flatMap(ProcessMark.init(line:)), mark != holder.mark {
            link(aside.string, path.string)
        }
        unlink(aside.string)
        return true
    }
}

/// Touches all locks of this process every half minute, from a thread of its own.
private enum Heart {
    private static let paths = Mutex<Set<FilePath>>([])
    private static let beat: UInt32 = 30

    static func add(_ path: FilePath) {
        paths.withLock { _ = $0.insert(path) }
        _ = thread
    }

    static func drop(_ path: FilePath) { paths.withLock { _ = $0.remove(path) } }

    /// Runs as long as the process. Without one, other machines believe in this process for ten minutes.
    private static let thread: Thread? = try? Thread {
        while true {
            sleep(beat)
            // Not of a copy: where that is let go of, the set is changed in place, and nothing orders the two.
            paths.withLock { for path in $0 { utimensat(AT_FDCWD, path.string, nil, 0) } }
        }
    }
}
