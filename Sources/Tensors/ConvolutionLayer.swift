public import Kernels
public import Machine

/// A convolution with its weights, its bias, and what is fused into reading its input and writing its output.
///
/// output(y, x, o) = post( bias(o) + Σ weight(o, i, ky, kx) pre(input(y s + ky - p, x s + kx - p, i))
/// [+ added(y, x, o)] )
public final class ConvolutionLayer: Sendable {
    public typealias Padding = Kernels.Padding
    public typealias Activation = Kernels.Activation

    public let inputChannels: Int
    public let outputChannels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let stride: Int
    /// Positions added on every side before the windows are laid.
    public let margin: Int
    public let padding: Padding

    enum Body: Sendable { case panels, winograd, few }
    private let body: Body
    /// Packs the weights here and multiplies by them later.
    private let kernels: KernelTable.Row
    private let gemm: PackedGemm
    /// Packed as `body` takes them.
    private let weights: ConstantBuffer
    /// Padded with zeros to whole vectors.
    private let bias: ConstantBuffer

    /// - Parameters:
    ///   - weight: [outputChannels, inputChannels, kernelHeight, kernelWidth], as in weights files.
    ///   - precision: of its products, where they are many: those of few channels stay in float32, which takes as long.
    ///   - kernels: one that this CPU runs.
    package init(
        weight: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
        stride: Int = 1, margin: Int, padding: Padding = .reflect, precision: Precision = .float32,
        kernels: KernelTable.Row = KernelTable.row
    ) {
        precondition(weight.count == outputChannels * inputChannels * kernelHeight * kernelWidth)
        precondition(bias.count == outputChannels)
        precondition(inputChannels > 0 && outputChannels > 0 && kernelHeight > 0 && kernelWidth > 0)
        precondition(stride > 0 && margin >= 0)
        (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
        (self.kernelHeight, self.kernelWidth) = (kernelHeight, kernelWidth)
        (self.stride, self.margin, self.padding) = (stride, margin, padding)
        self.kernels = kernels
        body = Self.body(kernelHeight, kernelWidth, stride, inputChannels, outputChannels)
        let isPaired = precision == .bfloat16 && body != .few && inputChannels >= Self.many
        gemm = isPaired ? kernels.pairedGemm : kernels.gemm
        let padded = gemm.paddedWidth(outputChannels)
        self.bias = ConstantBuffer(
            body == .few
                ? (0..<16).map { bias[$0 % outputChannels] }
                : bias + [Float](repeating: 0, count: padded - outputChannels))
        weights =
            switch body {
            case .winograd: Self.winograd(weight, inputChannels, outputChannels, gemm)
            case .panels: Self.panels(weight, inputChannels, outputChannels, kernelHeight * kernelWidth, gemm)
            case .few:
                Self.few(
                    weight,
                    ConvolutionShape(
                        inputHeight: kernelHeight, inputWidth: kernelWidth, inputChannels: inputChannels,
                        outputChannels: outputChannels, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
                        stride: 1, margin: 0, padding: padding))
            }
    }

    /// Positions of a tile, each way.
    static let tile = Winograd.side

    /// How it is made. With few channels Winograd's transforms cost more than they save: 3 to 16 took 50 ms at 1080p,
    /// and as panels 31.
    static func body(
        _ kernelHeight: Int, _ kernelWidth: Int, _ stride: Int, _ inputChannels: Int, _ outputChannels: Int
    ) -> Body {
        if stride == 1 && inputChannels >= many && outputChannels <= Convolution.few { return .few }
        return kernelHeight == 3 && kernelWidth == 3 && stride == 1 && inputChannels >= many ? .winograd : .panels
    }

    /// Input channels from which on it pays to prepare the input.
    private static let many = 8

    private static func few(_ weight: [Float], _ shape: ConvolutionShape) -> ConstantBuffer {
        ConstantBuffer(Convolution.fewWeightCount(shape)) { packed in
            weight.withUnsafeBufferPointer { Convolution.packFew($0.baseAddress!, shape, into: packed) }
        }
    }

    private static func winograd(
        _ weight: [Float], _ inputChannels: Int, _ outputChannels: Int, _ gemm: PackedGemm
    ) -> ConstantBuffer {
        ConstantBuffer(Winograd.weightCount(inputChannels, outputChannels, gemm)) { packed in
            weight.withUnsafeBufferPointer {
                Winograd.transform(
                    weight: $0.baseAddress!, inputChannels: inputChannels, outputChannels: outputChannels, gemm: gemm,
                    into: packed)
            }
        }
    }

    private static func panels(
        _ weight: [Float], _ inputChannels: Int, _ outputChannels: Int, _ taps: Int, _ gemm: PackedGemm
    ) -> ConstantBuffer {
        let depth = gemm.words(inputChannels) * gemm.numbers
        return ConstantBuffer(gemm.packedCount(k: taps * depth, n: outputChannels)) { packed in
            weight.withUnsafeBufferPointer {
                Convolution.pack(
                    $0.baseAddress!, inputChannels: inputChannels, outputChannels: outputChannels, taps: taps, gemm,
                    into: packed)
            }
        }
    }

    /// Height (or width) of the output for that of the input.
    public func outputHeight(_ height: Int) -> Int { (height + 2 * margin - kernelHeight) / stride + 1 }
    public func outputWidth(_ width: Int) -> Int { (width + 2 * margin - kernelWidth) / stride + 1 }

    /// Computes all of `output`, or what is asked for, from all of `input` that it sees. A position's bits do not
    /// depend on which others are asked for.
    /// - Parameters:
    ///   - region: the positions to compute; all if nil.
    ///   - pre: applied to the input as it is read (`none` or `relu`).
    ///   - added: a tensor of the output's shape, added before `post`. It may be `output` itself, read before it is
    ///     written.
    ///   - post: applied last; `tanhToUnit` is (tanh(v) + 1) / 2.
    public func callAsFunction(
        _ input: Tensor, into output: Tensor, region: Region? = nil, pre: Activation = .none,
        adding added: Tensor? = nil, post: Activation = .none, team: ThreadTeam
    ) {
        precondition(input.channels == inputChannels && output.channels == outputChannels)
        precondition(input.height + 2 * margin >= kernelHeight && input.width + 2 * margin >= kernelWidth)
        precondition(output.height == outputHeight(input.height) && output.width == outputWidth(input.width))
        precondition(added == nil || added!.hasShape(of: output), "what is added has another shape than the output")
        precondition(input !== output, "a convolution cannot overwrite what it reads")
        precondition(pre != .tanhToUnit, "tanhToUnit is for outputs")
        let region = output.asked(region)
        let shape = shape(height: input.height, width: input.width)
        let ends = ConvolutionEnds(
            pre: pre, bias: bias.base, added: added.map { UnsafePointer($0.base) }, post: post)
        switch body {
        case .panels: panels(input, output.base, region, shape, ends, team)
        case .winograd: winograd(input, output.base, region, shape, ends, team)
        case .few: few(input, output.base, region, shape, ends, team)
        }
    }

    /// Of the packed weights and the bias.
    public var byteCount: Int { 4 * (weights.count + bias.count) }

    /// Floats that each worker takes for an input of that size.
    public func scratchCount(height: Int, width: Int) -> Int {
        let shape = shape(height: height, width: width)
        switch body {
        case .panels: return Convolution.scratchCount(shape, gemm, panelWidth: Convolution.panelWidth(shape, gemm))
        case .winograd: return Winograd.Plan(shape, gemm).scratchCount
        case .few: return Convolution.fewScratchCount(shape, panelWidth: Convolution.panelWidth(shape, gemm))
        }
    }

    private func shape(height: Int, width: Int) -> ConvolutionShape {
        ConvolutionShape(
            inputHeight: height, inputWidth: width, inputChannels: inputChannels, outputChannels: outputChannels,
            kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, margin: margin,
            padding: padding)
    }

    private func panels(
        _ input: Tensor, _ output: UnsafeMutablePointer<Float>, _ region: Region, _ shape: ConvolutionShape,
        _ ends: ConvolutionEnds, _ team: ThreadTeam
    ) {
        let width = Convolution.panelWidth(shape, gemm)
        let panels = (region.columns.count + width - 1) / width
        let scratch = Convolution.scratchCount(shape, gemm, panelWidth: width)
        team.run(region.rows.count * panels, scratch: scratch) { item, worker in
            let first = region.columns.lowerBound + item % panels * width
            Convolution.panel(
                input.base, shape, gemm, weights: weights.base, ends: ends, y: region.rows.lowerBound + item / panels,
                columns: first..<min(first + width, region.columns.upperBound), into: output,
                scratch: team.scratch(worker, scratch))
        }
    }

    private func few(
        _ input: Tensor, _ output: UnsafeMutablePointer<Float>, _ region: Region, _ shape: ConvolutionShape,
        _ ends: ConvolutionEnds, _ team: ThreadTeam
    ) {
        let width = Convolution.panelWidth(shape, gemm)
        let panels = (region.columns.count + width - 1) / width
        let scratch = Convolution.fewScratchCount(shape, panelWidth: width)
        team.run(region.rows.count * panels, scratch: scratch) { item, worker in
            let first = region.columns.lowerBound + item % panels * width
            Convolution.fewPanel(
                input.base, shape, kernels, weights: weights.base, bias: bias.base, ends: ends,
                y: region.rows.lowerBound + item / panels,
                columns: first..<min(first + width, region.columns.upperBound), into: output,
                scratch: team.scratch(worker, scratch))
        }
    }

    private func winograd(
        _ input: Tensor, _ output: UnsafeMutablePointer<Float>, _ region: Region, _ shape: ConvolutionShape,
        _ ends: ConvolutionEnds, _ team: ThreadTeam
    ) {
        guard !region.isEmpty else { return }
        let plan = Winograd.Plan(shape, gemm)
        let rows = region.rows
        let tileRows = rows.lowerBound / Winograd.side..<(rows.upperBound - 1) / Winograd.side + 1
        let (tiles, panel) = plan.panels(over: region.columns)
        let panels = (tiles.count + panel - 1) / panel
        team.run(tileRows.count * panels, scratch: plan.scratchCount) { item, worker in
            let first = tiles.lowerBound + item % panels * panel
            Winograd.panel(
                input.base, plan, weights: weights.base, ends: ends, tileRow: tileRows.lowerBound + item / panels,
                tiles: first..<min(first + panel, tiles.upperBound), rows: rows, columns: region.columns, into: output,
                scratch: team.scratch(worker, plan.scratchCount))
        }
    }
}
