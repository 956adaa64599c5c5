internal import CFFmpeg
public import SystemPackage

extension FrameIndex {
    /// The index of a whole clip from its packets' times alone: nothing is decoded, so it costs about as much as to
    /// read the file once.
    ///
    /// It holds where every packet gives one frame; whoever goes by it compares the ticks of what is decoded.
    /// Nil where times are missing, repeat themselves or may start anew, and where some packets are not to be shown.
    /// - Parameter check: is called for every packet; what it throws ends the work.
    /// - Throws: `MediaError`, as for `VideoReader`.
    public init?(
        packetsOf path: FilePath, _ selection: Selection = .all, check: () throws -> Void = {}
    ) throws {
        let decoder = try VideoReader.open(path, threads: 1, selection)
        guard !decoder.demuxer.mayJump, let packets = try decoder.shownPackets(check) else { return nil }
        let order = packets.sorted { $0.tick < $1.tick }
        guard zip(order, order.dropFirst()).allSatisfy({ $0.tick < $1.tick }) else { return nil }
        self.init(ticks: order.map(\.tick), keys: order.indices.filter { order[$0].isKey })
    }
}

extension StreamDecoder {
    /// Reads all packets without decoding them: when each is shown, and whether decoding can begin there; nil where
    /// one of them does not say or is not shown, or the file breaks off.
    fileprivate func shownPackets(_ check: () throws -> Void) throws -> [(tick: Int64, isKey: Bool)]? {
        var packets: [(tick: Int64, isKey: Bool)] = []
        while true {
            try check()
            switch demuxer.read() {
            case .packet(let packet):
                guard packet.pointee.stream_index == stream.pointee.index else { continue }
                let isShown = packet.pointee.flags & (AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT) == 0
                guard isShown, packet.pointee.pts != sv_no_timestamp else { return nil }
                packets.append((packet.pointee.pts, packet.pointee.flags & AV_PKT_FLAG_KEY != 0))
            case .failed: return nil
            case .end: return packets
            }
        }
    }
}
