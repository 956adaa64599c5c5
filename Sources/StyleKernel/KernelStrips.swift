internal import Tensors

/// Rows of a picture's kernels, cut into strips: whole, the kernels of a 1080p frame at stride 4 alone would take 234 MB.
struct KernelStrips {
    /// Room for the kernels of one strip.
    struct Room {
        /// φ's features brought up to the kernels' stride; nil where the head reads them as they lie.
        let input: Tensor?
        /// [rows, W, C (2k + 1)]
        let delta: Tensor
        /// [rows, W, C]
        let gain, bias: Tensor?
    }

    /// The strips, from top to bottom.
    let rows: [Range<Int>]
    /// By the strips' height, of which there are two at most; they share their memory.
    private let rooms: [Int: Room]

    /// Floats of a strip's kernels. 4 MB: more would leave the caches before they are used.
    static let budget = 1 << 20
    /// Strips begin at multiples of it, as the rows that a 3x3 convolution makes at once do.
    private static let step = 4

    /// - Parameters:
    ///   - inputChannels: of φ's features, where they are brought up for the head.
    ///   - isCorrected: whether the kernels have a gain and a bias.
    init(
        height: Int, width: Int, channels: Int, taps: Int, inputChannels: Int?, isCorrected: Bool, budget: Int,
        _ planner: WorkspacePlanner
    ) {
        let rowLength = width * channels * (2 * taps + 1)
        let most = min(max(budget / rowLength / Self.step, 1) * Self.step, height)
        rows = stride(from: 0, to: height, by: most).map { $0..<min($0 + most, height) }
        var rooms: [Int: Room] = [:]
        for height in Set(rows.map(\.count)).sorted() {
            func make(_ channels: Int) -> Tensor {
                planner.tensor(height: height, width: width, channels: channels)
            }
            let room = Room(
                input: inputChannels.map(make), delta: make(channels * (2 * taps + 1)),
                gain: isCorrected ? make(channels) : nil, bias: isCorrected ? make(channels) : nil)
            for tensor in [room.input, room.delta, room.gain, room.bias] { tensor.map(planner.release) }
            rooms[height] = room
        }
        self.rooms = rooms
    }

    func room(for rows: Range<Int>) -> Room {
        guard let room = rooms[rows.count] else { preconditionFailure("no strip has \(rows.count) rows") }
        return room
    }
}
