import Imaging
import Testing

@Suite struct MaskTests {
    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func whiteCoversAndBlackDoesNot(format: PixelFormat) {
        let picture = Frame(width: 5, height: 3, format: format)
        let bytes = format.bytesPerPixel
        picture.withMutableBytes { to in
            for i in 0..<bytes { to[2 * picture.rowStride + 4 * bytes + i] = 255 }
            for i in 0..<bytes { to[picture.rowStride + i] = 85 }
        }
        let mask = Mask(lumaOf: picture)
        #expect(mask.width == 5 && mask.height == 3)
        #expect(mask[4, 2] == Mask.full && mask[3, 2] == 0 && mask[4, 1] == 0)
        #expect(mask[0, 1] == Mask.full / 3, "a third, in bytes and in words")
        mask.take(lumaOf: Frame(width: 5, height: 3, format: format))
        #expect(mask[4, 2] == 0)
    }

    @Test func oneThatIsNewCoversNothing() {
        let mask = Mask(width: 2, height: 2)
        #expect((0..<4).allSatisfy { mask[$0 % 2, $0 / 2] == 0 })
        mask[1, 0] = 9
        #expect(mask[1, 0] == 9 && mask[0, 1] == 0)
    }
}
