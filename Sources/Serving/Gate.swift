/// Who is let in: whoever knows the address, from the page itself.
struct Gate {
    let port: Int
    /// 32 hexadecimal digits, drawn at the start.
    let token: String

    init(port: Int, token: String = Self.draw()) { (self.port, self.token) = (port, token) }

    var address: String { "http://127.0.0.1:\(port)/\(token)/" }

    /// By the system's generator, which cannot be foretold.
    private static func draw() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The path behind the token. Another site's page can lead a browser here, by a name of its own that suddenly means
    /// this machine, or by a form; it cannot read the address, and what it sends names another host or origin.
    /// - Throws: `Refusal.foreign`.
    func path(of request: Request) throws(Refusal) -> [String] {
        let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
        guard let host = request.headers["host"], hosts.contains(host.lowercased()) else { throw .foreign }
        if let origin = request.headers["origin"] {
            guard hosts.map({ "http://" + $0 }).contains(origin.lowercased()) else { throw .foreign }
        }
        guard let given = request.path.first, isToken(given) else { throw .foreign }
        return Array(request.path.dropFirst())
    }

    /// In a time that does not tell how much of it is right.
    private func isToken(_ given: String) -> Bool {
        let (a, b) = (Array(given.utf8), Array(token.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
