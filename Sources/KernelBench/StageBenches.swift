import Kernels
import Tensors

extension Bench {
    func attention() {
        guard wants("attention") else { return }
        let attention = GatedAttention(heads: 8, alpha: 10, parts: [128, 128, 128, 64, 64])
        let side = options.style / 16
        let (keys, values) = tokens(tensor(side, side, 128), attention.parts.map { tensor(side, side, $0) }, attention)
        let (h, w) = (options.height / 16, options.width / 16)
        let (query, gate) = (tensor(h, w, 128), tensor(h, w, 16))
        let aligned = Tensor(height: h, width: w, channels: attention.channels)
        let products = Double(h * w) * Double(side * side) * 8 * 80
        measure(
            "attention", "\(h * w) x \(side * side), 8 heads", deviation: attentionDeviation(), bound: 1e-5,
            work: 2e-9 * products, unit: "GFLOP/s"
        ) {
            attention(query: query, gate: gate, keys: keys, values: values, into: aligned, team: team)
        }
    }

    private func tokens(
        _ keys: Tensor, _ values: [Tensor], _ attention: GatedAttention
    ) -> (keys: Tensor, values: Tensor) {
        func room(_ channels: Int) -> Tensor {
            Tensor(height: attention.heads, width: keys.positions, channels: channels / attention.heads)
        }
        let split = (keys: room(keys.channels), values: room(attention.channels))
        attention.splitKeys(keys, into: split.keys)
        attention.splitValues(values, into: split.values)
        return split
    }

    private func attentionDeviation() -> Float {
        let attention = GatedAttention(heads: 1, alpha: 10, parts: [24])
        let (keys, values) = tokens(tensor(5, 7, 16), [tensor(5, 7, 24)], attention)
        let (query, gate) = (tensor(1, 53, 16), tensor(1, 53, 2))
        let aligned = Tensor(height: 1, width: 53, channels: 24)
        attention(query: query, gate: gate, keys: keys, values: values, into: aligned, team: team)
        func rows(_ t: Tensor) -> [[Float]] { (0..<t.width).map { x in (0..<t.channels).map { t[0, x, $0] } } }
        let reference = AttentionReference.head(
            queries: rows(query), keys: rows(keys), values: rows(values),
            gate: rows(gate).map { ($0[0], $0[1]) }, alpha: 10)
        // Where an attention lies on its threshold, rounding may let it through or not.
        let sure = (0..<53).filter { reference.distance[$0] > 1e-4 }
        let actual = rows(aligned)
        return Self.deviation(
            sure.flatMap { actual[$0] }, sure.flatMap { reference.aligned[$0].map { Float($0) } })
    }

    func modulation() {
        for (name, stride, channels) in [("modulate8", 8, 128), ("modulate4", 4, 64)] where wants(name) {
            let (h, w) = (options.height / stride, options.width / stride)
            let z = tensor(h, w, channels)
            let statistics = Tensor(means: floats(channels), deviations: floats(channels, 0.5...2))
            let kernels = DynamicKernelTensor(
                tensor(h, w, 7 * channels), taps: 3, isCorrection: true, gain: tensor(h, w, channels),
                bias: tensor(h, w, channels))
            let output = Tensor(height: h, width: w, channels: channels)
            let order = [2, 0, 3, 1, 7, 4, 6, 5]
            measure(
                name, "\(h)x\(w)x\(channels), k = 3", deviation: modulationDeviation(), bound: 1e-5,
                work: 4e-9 * Double(output.count) * 11, unit: "GB/s"
            ) {
                modulate(z, by: statistics, order: order, kernels: kernels, into: output, team: team)
            }
        }
    }

    private func modulationDeviation() -> Float {
        let z = tensor(7, 9, 24)
        let (mean, std) = (floats(24), floats(24, 0.5...2))
        let whole = tensor(7, 9, 24 * 7)
        let output = Tensor(height: 7, width: 9, channels: 24)
        let order = [2, 0, 1]
        modulate(
            z, by: Tensor(means: mean, deviations: std), order: order,
            kernels: DynamicKernelTensor(whole, taps: 3, isCorrection: false), into: output, team: team)
        let n = NormaliseReference.apply(
            Self.values(z), mean: mean, std: std, order: order, positions: 63, channels: 24)
        let expected = DynamicKernelsReference.apply(
            n, kernels: Self.values(whole), taps: 3, height: 7, width: 9, channels: 24)
        return Self.deviation(Self.values(output), expected)
    }

    func pointwise() {
        upsampling("up2 to 8", 16, 128, count: 3)
        upsampling("up2 to 4", 8, 64, count: 4)
        upsampling("up2 to 2", 4, 32)
        upsampling("up2 to 1", 2, 16)
        guard wants("normalise") else { return }
        let x = tensor(options.height / 16, options.width / 16, 128)
        let output = Tensor(height: x.height, width: x.width, channels: 128)
        let (mean, std) = (floats(128), floats(128, 0.5...2))
        let statistics = Tensor(means: mean, deviations: std)
        normalise(x, by: statistics, into: output, team: team)
        let expected = NormaliseReference.apply(
            Self.values(x), mean: mean, std: std, order: [0], positions: x.positions, channels: 128)
        measure(
            "normalise", "\(x.height)x\(x.width)x128", deviation: Self.deviation(Self.values(output), expected),
            bound: 1e-6, work: 8e-9 * Double(x.count), unit: "GB/s"
        ) {
            normalise(x, by: statistics, into: output, team: team)
        }
        let z4 = tensor(options.height / 4, options.width / 4, 64)
        let reference = NormaliseReference.moments(Self.values(x), positions: x.positions, channels: 128)
        let moments = channelStatistics(x, team: team)
        measure(
            "statistics", "\(z4.height)x\(z4.width)x64", count: 0,
            deviation: Self.deviation(moments.variance.map { Float($0) }, reference.variance.map { Float($0) }),
            bound: 1e-6, work: 4e-9 * Double(z4.count), unit: "GB/s"
        ) {
            _ = channelStatistics(z4, team: team)
        }
    }

    private func upsampling(_ name: String, _ stride: Int, _ channels: Int, count: Int = 1) {
        guard wants(name) else { return }
        let x = tensor(options.height / stride, options.width / stride, channels)
        let output = Tensor(height: 2 * x.height, width: 2 * x.width, channels: channels)
        let small = tensor(5, 7, channels)
        let twice = Tensor(height: 10, width: 14, channels: channels)
        upsample2(small, into: twice, team: team)
        let expected = UpsampleReference.apply(Self.values(small), height: 5, width: 7, channels: channels)
        measure(
            name, "\(output.height)x\(output.width)x\(channels)", count: count,
            deviation: Self.deviation(Self.values(twice), expected), bound: 1e-6, work: 5e-9 * Double(output.count),
            unit: "GB/s"
        ) {
            upsample2(x, into: output, team: team)
        }
    }

    func pictures() {
        guard wants("resample") else { return }
        for (name, filter, plain) in [
            ("lanczos", Resampler.Filter.lanczos3, Resample.Filter.lanczos3), ("area", .area, .area),
            ("triangle", .triangle, .triangle),
        ] {
            let (w, h) = (options.width / 2, options.height / 2)
            let source = (0..<options.width * options.height * 3).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            var target = [UInt8](repeating: 0, count: w * h * 3)
            let down = Resampler(
                filter: filter, sourceWidth: options.width, sourceHeight: options.height, width: w, height: h)
            measure(
                "resample", "\(name) to \(w)x\(h)", count: 0, deviation: resamplingDeviation(filter, plain),
                bound: 0.005,
                work: 1e-9 * Double(source.count), unit: "GB/s"
            ) {
                source.withUnsafeBytes { from in
                    target.withUnsafeMutableBytes { to in
                        down(from, stride: 3 * options.width, into: to, stride: 3 * w, team: team)
                    }
                }
            }
        }
    }

    private func resamplingDeviation(_ filter: Resampler.Filter, _ plain: Resample.Filter) -> Float {
        let source = floats(3 * 37 * 23, 0...255).map { UInt8($0) }
        var target = [UInt8](repeating: 0, count: 3 * 16 * 29)
        let resampler = Resampler(filter: filter, sourceWidth: 37, sourceHeight: 23, width: 16, height: 29)
        source.withUnsafeBytes { from in
            target.withUnsafeMutableBytes { resampler(from, stride: 3 * 37, into: $0, stride: 48, team: team) }
        }
        let expected = ResampleReference.apply(source, width: 37, height: 23, toWidth: 16, toHeight: 29, filter: plain)
        return Self.deviation(target.map { Float($0) }, expected.map { Float($0) })
    }
}
