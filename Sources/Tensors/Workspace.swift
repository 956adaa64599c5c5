import Machine

/// The memory of every tensor that a frame of one size needs on its way, planned once: tensors that are never needed
/// at the same time share it, and no frame allocates.
public final class Workspace: Sendable {
    public let byteCount: Int
    // Freed with the workspace, which every tensor in it keeps alive: whoever held only the tensors read freed memory
    // where the optimiser let the workspace go after its last use.
    nonisolated(unsafe) private let memory: UnsafeMutablePointer<Float>

    fileprivate init(floats: Int) {
        byteCount = floats * 4
        memory = AlignedMemory.allocate(floats)
        memory.initialize(repeating: 0, count: floats)  // pages are touched now, not in the first frame
    }

    deinit { AlignedMemory.free(memory) }

    fileprivate func address(_ offset: Int) -> UnsafeMutablePointer<Float> { memory + offset }
}

/// Gives out tensors in the order in which a frame will need them, and finds each a place in one workspace.
public final class WorkspacePlanner {
    private struct Place {
        let tensor: Tensor
        let range: Range<Int>
    }

    private var places: [Place] = []
    private var live: [Place] = []
    private var end = 0

    public init() {}

    /// A tensor that is needed from here on, until `release`. It has no memory before `finish`.
    /// - Parameter strip: how many of its rows have memory at a time; all if nil.
    public func tensor(height: Int, width: Int, channels: Int, strip: Int? = nil) -> Tensor {
        let tensor = Tensor(planned: height, width, channels, strip: strip)
        let length = (tensor.heldCount + 15) / 16 * 16 + 16
        var start = 0  // first fit between the living
        for range in live.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if start + length <= range.lowerBound { break }
            start = max(start, range.upperBound)
        }
        let place = Place(tensor: tensor, range: start..<start + length)
        places.append(place)
        live.append(place)
        end = max(end, place.range.upperBound)
        return tensor
    }

    /// Says that nothing planned after this call needs what the tensor holds.
    public func release(_ tensor: Tensor) {
        guard let index = live.firstIndex(where: { $0.tensor === tensor }) else {
            preconditionFailure("a tensor was released that is not in use")
        }
        live.remove(at: index)
    }

    private var floats: Int { max(end, 16) }

    /// Of the memory that `finish` would allocate now.
    public var byteCount: Int { floats * 4 }

    /// Allocates the memory and binds every tensor to its place in it.
    @discardableResult
    public func finish() -> Workspace {
        let workspace = Workspace(floats: floats)
        for place in places { place.tensor.bind(to: workspace.address(place.range.lowerBound), of: workspace) }
        return workspace
    }
}
