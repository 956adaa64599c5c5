import Testing

@testable import Serving

/// What is read of a request, and what is not.
@Suite struct RequestTests {
    private func request(_ text: String) throws -> Request { try Request(head: Array(text.utf8)) }

    @Test func lineAndHeadersAreRead() throws {
        let request = try request("GET /a/b%20c?x=1 HTTP/1.1\r\nHost:  127.0.0.1:80 \r\nRange:bytes=0-")
        #expect(request.method == "GET" && request.path == ["a", "b c"])
        #expect(request.headers == ["host": "127.0.0.1:80", "range": "bytes=0-"])
        #expect(try request.bodyLength == 0)
    }

    @Test(arguments: [
        "", "GET", "GET /", "GET / HTTP/2", "GET / HTTP/1.1 ", "GET x HTTP/1.1", "GET http://a/ HTTP/1.1",
        "GET /%zz HTTP/1.1", "GET /%4 HTTP/1.1", "GET /%ff HTTP/1.1", "GET /%00 HTTP/1.1", "GET /\0 HTTP/1.1",
        "GET / HTTP/1.1\r\nno colon", "GET / HTTP/1.1\r\n folded: x", "GET / HTTP/1.1\r\na b: x",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b", "GET / HTTP/1.1\r\n: x",
    ])
    func whatIsNoRequestIsRefused(_ text: String) { #expect(throws: Refusal.self) { try request(text) } }

    @Test func aSlashThatIsEncodedSeparatesNothing() throws {
        #expect(try request("GET /t/..%2f..%2Fetc HTTP/1.1").path == ["t", "../../etc"])
    }

    @Test(arguments: [
        ("Content-Length: 65536", 65536), ("Content-Length: 65537", nil), ("Content-Length: -1", nil),
        ("Content-Length: +5", nil), ("Content-Length: 99999999999999999999", nil), ("Content-Length:", nil),
        ("Transfer-Encoding: chunked", nil), ("Accept: x", 0),
    ])
    func bodiesAreLimited(_ header: String, _ length: Int?) throws {
        let request = try request("POST / HTTP/1.1\r\n\(header)")
        #expect((try? request.bodyLength) == length)
    }

    @Test func longHeadsAreRefused() {
        let target = "GET /\(String(repeating: "a", count: Request.longestTarget)) HTTP/1.1"
        #expect(throws: Refusal.self) { try request(target) }
        let many = (0...Request.mostHeaders).map { "\r\nh\($0): x" }.joined()
        #expect(throws: Refusal.self) { try request("GET / HTTP/1.1" + many) }
    }

    @Test(
        arguments: [
            (nil, .whole), ("bytes=0-99", .part(0..<100)), ("bytes=900-", .part(900..<1000)),
            ("bytes=-100", .part(900..<1000)), ("bytes=-5000", .part(0..<1000)), ("bytes=990-2000", .part(990..<1000)),
            ("bytes=1000-", ByteRange.none), ("bytes=5-4", ByteRange.none), ("bytes=-0", ByteRange.none),
            ("bytes=0-1,5-6", .whole), ("items=0-1", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole),
            ("bytes=0-99999999999999999999999", .whole), ("bytes=+1-2", .whole),
        ] as [(String?, ByteRange)])
    func rangesAreThoseAskedFor(_ header: String?, _ range: ByteRange) {
        #expect(ByteRange.asked(header, of: 1000) == range)
    }

    @Test func aPartIsNoLongerThanAConnectionMayLast() {
        let length = ByteRange.longest + 5
        #expect(ByteRange.asked("bytes=0-", of: length) == .part(0..<ByteRange.longest))
        #expect(ByteRange.asked("bytes=0-", of: 0) == ByteRange.none)
    }
}
