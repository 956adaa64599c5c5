import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The page, as a browser and as others meet it.
@Suite(.timeLimit(.minutes(60))) struct ServeTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        for name in ["clips", "styles"] { try folder.makeFolder(name) }
        try folder.take(await Fixture.silent(64, 48, frames: 4), as: "clips/in.mp4")
        try folder.take(await Fixture.silent(64, 48, frames: 4), as: "secret.mp4")
        try folder.take(await Fixture.style, as: "styles/monet.png")
        return folder
    }

    /// Starts it, lets something be done with its page, ends it by SIGTERM, and returns how it ended.
    private func serve(_ folder: Scratch, _ body: @Sendable (Page) async throws -> Void) async throws
        -> Program.Outcome
    {
        try await Slots.shared.withSlot {
            let result = try await Subprocess.run(
                .path("/bin/sh"),
                arguments: ["-c", "exec \"$PROGRAM\" serve clips --styles styles -o films -q > address"],
                environment: Program.environment(["PROGRAM": Program.path, "TMPDIR": folder.path.string]),
                workingDirectory: folder.path, input: .none, output: .discarded, error: .string(limit: 1 << 20)
            ) { process in
                var address = ""
                while !address.hasSuffix("/\n") {
                    try await Task.sleep(for: .milliseconds(20))
                    address = (try? String(decoding: folder.bytes("address"), as: UTF8.self)) ?? ""
                }
                do { try await body(try Page(address)) } catch {
                    try process.send(signal: .kill)
                    throw error
                }
                try process.send(signal: .terminate)
            }
            return Program.Outcome(status: result.terminationStatus, output: "", error: result.standardError)
        }
    }

    private static let film = #"""
        {"kind":"paint","clip":{"shelf":"clips0","name":"in.mp4"},"styles":[{"shelf":"styles0","name":"monet.png"}],
        "styleSize":64}
        """#

    @Test func aFilmIsPaintedThroughThePage() async throws {
        let folder = try await folder()
        let outcome = try await serve(folder) { page in
            #expect(page.get("").contains("<title>stylevideo</title>"))
            #expect(page.get("library").contains(#""name":"in.mp4""#))
            let part = page.get("files/clips0/in.mp4", "Range: bytes=4-7")
            #expect(part.hasPrefix("HTTP/1.1 206") && part.hasSuffix("\r\n\r\nftyp"))
            #expect(page.post("jobs", Self.film).hasPrefix("HTTP/1.1 201"))
            while !page.get("jobs").contains(#""state":"done""#) {
                try #require(!page.get("jobs").contains("failed"))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(page.get("reports/1").contains(#""frames" : 4"#))
            #expect(page.get("files/films/in.monet.mp4").hasPrefix("HTTP/1.1 200"))
            // A report in the films' folder names the clip as ../clips/in.mp4.
            #expect(page.get("files/clips/in.mp4", "Range: bytes=4-7").hasSuffix("\r\n\r\nftyp"))
            #expect(page.get("files/secret.mp4").hasPrefix("HTTP/1.1 404"))
            #expect(page.get("files/clips/clips/in.mp4").hasPrefix("HTTP/1.1 404"))
            // What is there is not painted over.
            #expect(page.post("jobs", Self.film).hasPrefix("HTTP/1.1 201"))
            while !page.get("jobs").contains(#""code":73"#) { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(outcome.code == 0 && outcome.error.isEmpty)
        #expect(try await Probe.read("films/in.monet.mp4", in: folder).frameTimes.count == 4)
        #expect(folder.names == ["address", "clips", "films", "secret.mp4", "styles"])
    }

    /// What it may not do is said at once, in the program's words; masks lie in any of the folders.
    @Test func theHandIsThePrograms() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.style, as: "clips/mask.png")
        @Sendable func wish(_ rest: String, mask: String = "in.mp4", styles: Int = 2) -> String {
            let style = #"{"shelf":"styles0","name":"monet.png"}"#
            let all = [String](repeating: style, count: styles).joined(separator: ",")
            let region = #"{"mask":{"shelf":"masks0","name":"\#(mask)"},"style":\#(style)}"#
            return #"{"kind":"paint","clip":{"shelf":"clips0","name":"in.mp4"},"styles":[\#(all)],"styleSize":64"#
                + #","regions":[\#(region)]\#(rest)}"#
        }
        let outcome = try await serve(folder) { page in
            #expect(page.get("library").contains(#""name":"mask.png","shelf":"masks0""#))
            for (rest, sentence) in [
                (#","mix":[0.9,0.9]"#, "the weights sum to 1.8, and not to 1"),
                (#","mix":[1,0],"brush":9"#, "a brush is from 0.5 to 4, and not 9"),
                (#","collage":true,"quality":"worst""#, "'worst'"),
                (#","mix":[1,0],"background":"source""#, "where the background is the source"),
                (#","mix":[1,0],"end":"0""#, "--end must be after --start"),
            ] {
                let answer = page.post("jobs", wish(rest))
                #expect(answer.hasPrefix("HTTP/1.1 422") && answer.contains(sentence), "\(answer)")
            }
            for name in ["../secret.mp4", "in.png", "", "mask.txt"] {
                #expect(page.post("jobs", wish(#","mix":[1,0]"#, mask: name)).hasPrefix("HTTP/1.1 422"), "\(name)")
            }
            #expect(page.get("jobs").hasSuffix("[]"))
            let good = wish(#","background":"source","brush":0.5,"colours":"source","quality":"draft""#, styles: 0)
            #expect(page.post("jobs", good).hasPrefix("HTTP/1.1 201"))
            while !page.get("jobs").contains(#""state":"done""#) {
                try #require(!page.get("jobs").contains("failed"), "\(page.get("jobs"))")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(page.get("files/films/in.monet.mp4").hasPrefix("HTTP/1.1 200"))
        }
        #expect(outcome.code == 0 && outcome.error.isEmpty)
    }

    @Test func whatIsHostileIsRefused() async throws {
        let folder = try await folder()
        let outcome = try await serve(folder) { page in
            for path in [
                "files/clips0/../../secret.mp4", "files/clips0/..%2fsecret.mp4", "files/clips0/%2e%2e/secret.mp4",
                "files/clips1/in.mp4", "files/films/in.mp4", "files//etc/passwd", "files/clips0/", "reports/1", "..",
                "clips/in.mp4", "files/clips0/in.mp4/",
            ] {
                #expect(page.get(path).hasPrefix("HTTP/1.1 404"), "\(path)")
            }
            #expect(page.get("files/clips0/in%00.mp4").hasPrefix("HTTP/1.1 400"))
            #expect(page.ask("GET", "jobs", ["Origin: http://evil.example"]).hasPrefix("HTTP/1.1 403"))
            #expect(page.ask("GET", "jobs", host: "evil.example:\(page.port)").hasPrefix("HTTP/1.1 403"))
            #expect(page.raw("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(page.port)\r\n\r\n").hasPrefix("HTTP/1.1 403"))
            for method in ["DELETE", "PUT", "OPTIONS", "CONNECT", "TRACE", "get"] {
                #expect(page.ask(method, "jobs").hasPrefix("HTTP/1.1 405"), "\(method)")
            }
            #expect(page.post("library", "").hasPrefix("HTTP/1.1 405"))
            #expect(page.get("jobs/1/cancel").hasPrefix("HTTP/1.1 405"))
            #expect(page.post("jobs/1/cancel", "").hasPrefix("HTTP/1.1 404"))
            #expect(page.post("jobs", "{}").hasPrefix("HTTP/1.1 422"))
            let other = Self.film.replacing("in.mp4", with: "../secret.mp4")
            #expect(page.post("jobs", other).hasPrefix("HTTP/1.1 422"))
            #expect(page.ask("POST", "jobs", ["Content-Length: 65537"]).hasPrefix("HTTP/1.1 413"))
            #expect(page.ask("POST", "jobs", ["Transfer-Encoding: chunked"]).hasPrefix("HTTP/1.1 411"))
            #expect(page.get(String(repeating: "a", count: 5000)).hasPrefix("HTTP/1.1 414"))
            #expect(page.get("jobs", "X: " + String(repeating: "a", count: 9000)).hasPrefix("HTTP/1.1 431"))
            #expect(page.raw("\0\u{1}\r\n\r\n").hasPrefix("HTTP/1.1 400"))
            let head = page.ask("HEAD", "")
            #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
            for header in ["Content-Security-Policy: default-src 'none'", "nosniff", "no-store", "no-referrer"] {
                #expect(head.contains(header))
            }
        }
        #expect(outcome.code == 0 && outcome.error.isEmpty)
    }

    @Test(
        arguments: [
            (["serve", "no/"], 66), (["serve", "secret.mp4"], 66), (["serve", "clips", "--styles", "no"], 66),
            (["serve", "--port", "65536"], 64), (["serve", "--port", "x"], 64), (["serve", "--open"], 64),
        ] as [([String], Int32)])
    func aMistakeIsOneSentence(_ arguments: [String], _ code: Int32) async throws {
        let outcome = try await Program.run(arguments, in: folder())
        #expect(outcome.code == code && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome.error)")
    }
}

/// Requests to a page, written out by hand: nothing makes hostile ones good.
private struct Page: Sendable {
    let port: UInt16
    let token: String

    init(_ address: String) throws {
        let parts = try #require(address.wholeMatch(of: /http:\/\/127\.0\.0\.1:([0-9]+)\/([0-9a-f]{32})\/\n/)).output
        (port, token) = (UInt16(parts.1)!, String(parts.2))
    }

    func get(_ path: String, _ headers: String...) -> String { ask("GET", path, headers) }

    func post(_ path: String, _ body: String) -> String {
        ask("POST", path, ["Content-Length: \(body.utf8.count)"], body: body)
    }

    func ask(_ method: String, _ path: String, _ headers: [String] = [], host: String? = nil, body: String = "")
        -> String
    {
        let lines = ["\(method) /\(token)/\(path) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")"] + headers
        return raw(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// - Returns: all that comes back, until the connection is closed.
    func raw(_ text: String) -> String {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return "" }
        let bytes = Array(text.utf8)
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            all += buffer.prefix(count)
        }
        return String(decoding: all, as: UTF8.self)
    }
}
