import Testing

@testable import Serving

/// Who is let in.
@Suite struct GateTests {
    private let gate = Gate(port: 8000, token: "0123456789abcdef0123456789abcdef")

    private func path(_ target: String, _ headers: String...) throws -> [String] {
        let head = (["GET \(target) HTTP/1.1"] + headers).joined(separator: "\r\n")
        return try gate.path(of: Request(head: Array(head.utf8)))
    }

    @Test(arguments: ["127.0.0.1:8000", "localhost:8000", "LocalHost:8000"])
    func whoKnowsTheAddressIsLetIn(_ host: String) throws {
        #expect(try path("/\(gate.token)/a/b", "Host: \(host)") == ["a", "b"])
        #expect(try path("/\(gate.token)/", "Host: \(host)", "Origin: http://\(host)") == [""])
    }

    @Test(arguments: [
        "", "127.0.0.1", "127.0.0.1:80", "evil.example:8000", "127.0.0.1.evil.example:8000", "0.0.0.0:8000",
        "[::1]:8000",
    ])
    func anotherHostIsRefused(_ host: String) {
        #expect(throws: Refusal.self) { try path("/\(gate.token)/", "Host: \(host)") }
    }

    @Test func withoutAHostNobodyIsLetIn() { #expect(throws: Refusal.self) { try path("/\(gate.token)/") } }

    @Test(arguments: [
        "null", "http://evil.example", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "http://127.0.0.1:8000.evil",
        "",
    ])
    func anotherOriginIsRefused(_ origin: String) {
        #expect(throws: Refusal.self) {
            try path("/\(gate.token)/", "Host: 127.0.0.1:8000", "Origin: \(origin)")
        }
    }

    @Test(arguments: [
        "/", "//", "/0/", "/0123456789abcdef0123456789abcde/", "/0123456789abcdef0123456789abcdef0/",
        "/0123456789abcdef0123456789abcdee/", "/0123456789ABCDEF0123456789ABCDEF/",
        "/x/0123456789abcdef0123456789abcdef/",
    ])
    func anotherTokenIsRefused(_ target: String) {
        #expect(throws: Refusal.self) { try path(target, "Host: 127.0.0.1:8000") }
    }

    @Test func tokensAreOfOneLengthAndDiffer() {
        let tokens = (0..<100).map { _ in Gate(port: 1).token }
        #expect(tokens.allSatisfy { $0.utf8.count == 32 } && Set(tokens).count == 100)
    }
}
