import Glibc
import Machine

/// A port of this machine alone, and the threads that answer on it: so many connections at a time, and no more.
struct Listener {
    let socket: Int32
    let port: Int

    /// A browser opens six.
    static let connections = 24

    /// - Parameter port: 0: any that is free.
    /// - Throws: `PortError`.
    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw PortError(port: port, code: errno) }
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        address.sin_port = in_port_t(port).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { [socket] raw in
            let any = raw.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard bind(socket, any, length) == 0, listen(socket, 128) == 0, getsockname(socket, any, &length) == 0
            else { return errno }
            return 0
        }
        guard code == 0 else {
            close(socket)
            throw PortError(port: port, code: code)
        }
        self.port = Int(in_port_t(bigEndian: address.sin_port))
    }

    /// Begins to answer, as long as the process lives.
    /// - Throws: `Shortage` where the system has too few threads.
    func start(_ answer: @escaping @Sendable (Request) throws(Refusal) -> Reply) throws {
        for _ in 0..<Self.connections {
            _ = try Thread {
                while true {
                    let connection = accept(socket, nil, nil)
                    if connection >= 0 { Connection(socket: connection).serve(answer) } else { usleep(10_000) }
                }
            }
        }
    }
}

/// A port that cannot be had.
struct PortError: Trouble {
    let port: Int
    let code: Int32

    var trouble: TroubleKind { .unavailable }
    var description: String { "cannot listen on port \(port): \(String(cString: strerror(code)))" }
}
