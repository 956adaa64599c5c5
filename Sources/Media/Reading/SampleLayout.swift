internal import CFFmpeg

/// How a pixel format's samples lie in memory, where each lies by itself in one or two bytes.
struct SampleLayout {
    struct Component {
        let plane: Int
        let offset: Int
        let step: Int
        let shiftX: Int
        let shiftY: Int
        let isWide: Bool
        /// What a sample's numbers are multiples of.
        let unit: Int
    }

    let components: [Component]
    let isRGB: Bool
    let depth: Int

    init?(_ format: AVPixelFormat) {
        guard let description = av_pix_fmt_desc_get(format)?.pointee else { return nil }
        let refused =
            AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_ALPHA
            | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT
        guard description.flags & UInt64(refused) == 0 else { return nil }
        isRGB = description.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
        // Alpha is refused above: three at most.
        let all = description.components
        depth = Int(all[0].depth)
        let isPlanar = description.flags & UInt64(AV_PIX_FMT_FLAG_PLANAR) != 0 || all.count == 1
        let isBigEndian = description.flags & UInt64(AV_PIX_FMT_FLAG_BE) != 0
        let depth = Int32(depth)
        guard all.count != 2, all.allSatisfy({ $0.depth == depth }) else { return nil }
        guard depth == 8 && all[0].shift == 0 || (9...16).contains(depth) && isPlanar && !isBigEndian else {
            return nil
        }
        guard !format.isXYZ else { return nil }
        let (isRGB, chromaX, chromaY) = (isRGB, Int(description.log2_chroma_w), Int(description.log2_chroma_h))
        components = all.enumerated().map { index, said in
            let isChroma = index > 0 && !isRGB
            return Component(
                plane: Int(said.plane), offset: Int(said.offset), step: Int(said.step),
                shiftX: isChroma ? chromaX : 0, shiftY: isChroma ? chromaY : 0, isWide: depth > 8,
                unit: 1 << Int(said.shift))
        }
    }
}
