import Glibc

/// One request and its answer, over a socket that is closed behind them: whoever dawdles is left.
struct Connection {
    let socket: Int32

    /// Seconds within which a request must have come whole.
    static let patience = 5.0
    /// Seconds that an answer may wait to be taken on.
    static let stall: Int32 = 20

    func serve(_ answer: (Request) throws(Refusal) -> Reply) {
        defer { close(socket) }
        var isHead = false
        do throws(Refusal) {
            guard let request = try read() else { return }
            isHead = request.method == "HEAD"
            send(try answer(request), withBody: !isHead)
        } catch {
            send(Reply(error), withBody: !isHead)
            drain()
        }
    }

    /// - Returns: nil where nobody asks anything.
    private func read() throws(Refusal) -> Request? {
        let end = Self.now + Self.patience
        var bytes: [UInt8] = []
        var headEnd: Int?
        while headEnd == nil {
            let before = bytes.count
            guard try receive(into: &bytes, until: end) else {
                if bytes.isEmpty { return nil }
                throw .malformed
            }
            headEnd = Self.end(ofHead: bytes, from: max(before - 3, 0))
            guard headEnd ?? bytes.count <= Request.longestHead else { throw .longHead }
        }
        guard let headEnd else { return nil }
        var request = try Request(head: bytes[..<headEnd])
        let length = try request.bodyLength
        var body = Array(bytes[(headEnd + 4)...])
        while body.count < length {
            guard try receive(into: &body, until: end) else { throw .malformed }
        }
        request.body = Array(body.prefix(length))
        return request
    }

    private static func end(ofHead bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (start...bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
    }

    /// - Returns: false at the end.
    private func receive(into bytes: inout [UInt8], until end: Double) throws(Refusal) -> Bool {
        while true {
            guard waits(for: Int16(POLLIN), milliseconds: Int32((end - Self.now) * 1000)) else { throw .slow }
            var buffer = [UInt8](repeating: 0, count: 8192)
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            bytes += buffer.prefix(max(count, 0))
            return count > 0
        }
    }

    private func send(_ reply: Reply, withBody: Bool) {
        guard send(Array(reply.head.utf8)), withBody else { return }
        switch reply.body {
        case .bytes(let bytes): send(bytes)
        case .file(let file, let range): send(file, range)
        }
    }

    @discardableResult
    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        return transmit(bytes.count) { left in
            bytes.withUnsafeBytes { raw in
                let count = Glibc.send(
                    socket, raw.baseAddress! + sent, left, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                sent += max(count, 0)
                return count
            }
        }
    }

    private func send(_ file: OpenFile, _ range: Range<Int>) {
        var offset = off_t(range.lowerBound)
        transmit(range.count) { sendfile(socket, file.descriptor, &offset, min($0, 1 << 20)) }
    }

    /// - Parameter body: sends at most so many bytes, and says how many went.
    @discardableResult
    private func transmit(_ count: Int, _ body: (Int) -> Int) -> Bool {
        var left = count
        while left > 0 {
            guard waits(for: Int16(POLLOUT), milliseconds: Self.stall * 1000) else { return false }
            let count = body(left)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            // A file that has become shorter ends too early, which its length tells the browser.
            guard count > 0 else { return false }
            left -= count
        }
        return true
    }

    /// Takes in a little of what is still on its way: a socket that is closed over unread bytes takes its answer back.
    private func drain() {
        shutdown(socket, Int32(SHUT_WR))
        let end = Self.now + 0.5
        var (rest, isOpen) = ([UInt8](), true)
        while isOpen, Self.now < end {
            rest.removeAll(keepingCapacity: true)
            isOpen = (try? receive(into: &rest, until: end)) ?? false
        }
    }

    private func waits(for events: Int16, milliseconds: Int32) -> Bool {
        var (entry, result) = (pollfd(fd: socket, events: events, revents: 0), Int32(0))
        repeat { result = poll(&entry, 1, max(milliseconds, 0)) } while result < 0 && errno == EINTR
        return result > 0
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
