import Machine
import Synchronization

/// What a user is told on the way, each thing once.
final class Notices: Sendable {
    private let collected = Mutex<[String]>([])
    private let tell: @Sendable (String) -> Void

    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    func add(_ notices: [String]) {
        for notice in notices {
            let isNew = collected.withLock { all in
                if all.contains(notice) { return false }
                all.append(notice)
                return true
            }
            if isNew { tell(printable(notice)) }
        }
    }

    var all: [String] { collected.withLock { $0 } }
}
