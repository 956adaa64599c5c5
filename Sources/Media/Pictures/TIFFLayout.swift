internal import CPictures

/// What the first whole page of a TIFF file declares: read before anything is decoded.
struct TIFFLayout {
    let width: Int
    let height: Int
    /// Of a number.
    let bits: Int
    let isFloat: Bool
    /// Numbers of a pixel: at most 64.
    let samples: Int
    let isPlanar: Bool
    let model: ColourModel
    let alpha: PixelRows.Alpha
    /// Whether the smallest number is white.
    let isInverse: Bool
    /// Whether a* and b* have signs.
    let hasSigns: Bool
    /// Whether L* of 100 is 65280, as in ICC's version 2.
    let isOldLab: Bool
    /// Of CIELAB: where its white lies (CIE 1931 x and y); nil: D50.
    let white: (x: Double, y: Double)?
    /// Whether libtiff must make RGB of it: colours of a half or quarter of the size, or of a logarithm.
    let isForLibTIFF: Bool
    let isTiled: Bool
    let blockWidth: Int
    let blockHeight: Int
    let icc: [UInt8]?
    let orientation: Orientation
    /// Numbers of a pixel that are looked at: its colours, and its opacity where there is one.
    var used: Int { model.channels + (alpha == .none ? 0 : 1) }

    /// - Throws: `MediaError` refused, for what is not read.
    init(_ file: OpaquePointer, _ picture: PictureBytes) throws {
        let tags = TIFFTags(file)
        width = tags[TIFFTAG_IMAGEWIDTH]
        height = tags[TIFFTAG_IMAGELENGTH]
        bits = tags[TIFFTAG_BITSPERSAMPLE]
        samples = tags[TIFFTAG_SAMPLESPERPIXEL]
        isPlanar = tags[TIFFTAG_PLANARCONFIG] == Int(PLANARCONFIG_SEPARATE) && samples > 1
        isFloat = tags[TIFFTAG_SAMPLEFORMAT] == Int(SAMPLEFORMAT_IEEEFP)
        orientation = Orientation(exif: tags[TIFFTAG_ORIENTATION])
        icc = tags.profile
        isTiled = TIFFIsTiled(file) != 0
        blockWidth = isTiled ? tags[TIFFTAG_TILEWIDTH] : width
        blockHeight = isTiled ? tags[TIFFTAG_TILELENGTH] : min(height, max(1, tags[TIFFTAG_ROWSPERSTRIP]))
        let photometric = tags[TIFFTAG_PHOTOMETRIC]
        isInverse = photometric == Int(PHOTOMETRIC_MINISWHITE)
        hasSigns = photometric == Int(PHOTOMETRIC_CIELAB)
        isOldLab = photometric == Int(PHOTOMETRIC_ICCLAB) && bits == 16
        white = hasSigns ? tags.white : nil
        try tags.checkKind(photometric, bits: bits, samples: samples, picture)
        if photometric == Int(PHOTOMETRIC_YCBCR) {
            isForLibTIFF = tags[TIFFTAG_COMPRESSION] != Int(COMPRESSION_JPEG)
        } else {
            isForLibTIFF = [Int(PHOTOMETRIC_LOGL), Int(PHOTOMETRIC_LOGLUV)].contains(photometric)
        }
        model = try tags.model(photometric, bits: bits, picture)
        alpha = tags.alpha(besides: model.channels, of: samples)
        guard samples >= model.channels || isForLibTIFF else {
            throw picture.unread(
                "it is a TIFF of \(samples) number(s) a pixel where its colours need \(model.channels)")
        }
    }
}

/// libtiff's fields by their tags, as numbers.
struct TIFFTags {
    private let file: OpaquePointer

    init(_ file: OpaquePointer) { self.file = file }

    /// A field of 16 or 32 bits: its default where it is not there, 0 where it has none.
    subscript(tag: Int32) -> Int {
        var value: UInt64 = 0
        return withUnsafeMutablePointer(to: &value) { place in
            withVaList([place]) { TIFFVGetFieldDefaulted(file, UInt32(tag), $0) } == 1 ? Int(place.pointee) : 0
        }
    }

    private func list(_ tag: Int32) -> (count: Int, start: UnsafeRawPointer?)? {
        var count: UInt32 = 0
        var start: UnsafeRawPointer?
        let isThere = withUnsafeMutablePointer(to: &count) { count in
            withUnsafeMutablePointer(to: &start) { start in
                withVaList([count, start]) { TIFFVGetField(file, UInt32(tag), $0) } == 1
            }
        }
        return isThere ? (Int(count), start) : nil
    }

    var profile: [UInt8]? {
        list(TIFFTAG_ICCPROFILE).flatMap { list in
            list.start.map { Array(UnsafeRawBufferPointer(start: $0, count: list.count)) }
        }
    }

    /// The white point, where one is said that can be.
    var white: (x: Double, y: Double)? {
        var start: UnsafePointer<Float>?
        let isThere = withUnsafeMutablePointer(to: &start) { start in
            withVaList([start]) { TIFFVGetField(file, UInt32(TIFFTAG_WHITEPOINT), $0) } == 1
        }
        guard isThere, let start, start[0] > 0, start[1] > 0, start[0] + start[1] < 1 else { return nil }
        return (Double(start[0]), Double(start[1]))
    }

    /// The files of cameras hold what their sensor saw beside small pictures of it.
    var isCameraRaw: Bool { self[TIFFTAG_DNGVERSION] != 0 || list(TIFFTAG_SUBIFD) != nil && isSmall }
    /// Whether a page is but a small view of another.
    var isSmall: Bool { self[TIFFTAG_SUBFILETYPE] & Int(FILETYPE_REDUCEDIMAGE) != 0 }

    /// What is known as opacity. Numbers more than the colours need, of which nothing is said, were opacity to those
    /// who wrote TIFF before there was a word for it; those that are said to be something else are no opacity.
    func alpha(besides colours: Int, of samples: Int) -> PixelRows.Alpha {
        guard samples > colours else { return .none }
        guard let list = list(TIFFTAG_EXTRASAMPLES), list.count & 0xFFFF > 0, let start = list.start else {
            return samples == colours + 1 ? .straight : .none
        }
        return switch Int32(start.load(as: UInt16.self)) {
        case EXTRASAMPLE_ASSOCALPHA: .premultiplied
        case EXTRASAMPLE_UNASSALPHA: .straight
        default: .none
        }
    }

    /// Refuses what nobody here reads rightly.
    func checkKind(_ photometric: Int, bits: Int, samples: Int, _ picture: PictureBytes) throws {
        let compression = self[TIFFTAG_COMPRESSION]
        guard TIFFIsCODECConfigured(UInt16(truncatingIfNeeded: compression)) != 0 else {
            throw picture.unread("it is a TIFF of compression \(compression)")
        }
        guard samples <= 64 else { throw picture.unread("it is a TIFF of \(samples) numbers a pixel") }
        let isLab = [PHOTOMETRIC_CIELAB, PHOTOMETRIC_ICCLAB].contains(Int32(photometric))
        switch Int32(self[TIFFTAG_SAMPLEFORMAT]) {
        case SAMPLEFORMAT_IEEEFP:
            guard [16, 32, 64].contains(bits), !isLab else {
                throw picture.unread("it is a TIFF of floating-point numbers of \(bits) bits")
            }
        case SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID:
            guard (1...16).contains(bits) || bits == 32, !isLab || bits == 8 || bits == 16 else {
                throw picture.unread("it is a TIFF of \(bits) bits a component")
            }
        case SAMPLEFORMAT_INT where isLab && (bits == 8 || bits == 16): break
        default: throw picture.unread("it is a TIFF of numbers with signs or of complex ones")
        }
    }

    func model(_ photometric: Int, bits: Int, _ picture: PictureBytes) throws -> ColourModel {
        switch Int32(photometric) {
        case PHOTOMETRIC_MINISWHITE, PHOTOMETRIC_MINISBLACK: .grey
        case PHOTOMETRIC_RGB, PHOTOMETRIC_YCBCR, PHOTOMETRIC_LOGL, PHOTOMETRIC_LOGLUV: .rgb
        case PHOTOMETRIC_CIELAB, PHOTOMETRIC_ICCLAB: .lab
        case PHOTOMETRIC_PALETTE where bits <= 16: .palette(try palette(1 << bits, picture))
        case PHOTOMETRIC_SEPARATED where self[TIFFTAG_INKSET] == Int(INKSET_CMYK): .cmyk
        case PHOTOMETRIC_SEPARATED: throw picture.unread("it is a TIFF of other inks than CMYK")
        case PHOTOMETRIC_CFA, 34892: throw picture.cameraRaw
        default: throw picture.unread("it is a TIFF of a rare kind of colours (\(photometric))")
        }
    }

    private func palette(_ count: Int, _ picture: PictureBytes) throws -> [UInt16] {
        var maps: (UnsafePointer<UInt16>?, UnsafePointer<UInt16>?, UnsafePointer<UInt16>?)
        let isThere = withUnsafeMutableBytes(of: &maps) { maps in
            let start = maps.baseAddress!.assumingMemoryBound(to: UnsafeRawPointer?.self)
            return withVaList([start, start + 1, start + 2]) { TIFFVGetField(file, UInt32(TIFFTAG_COLORMAP), $0) } == 1
        }
        guard isThere, let red = maps.0, let green = maps.1, let blue = maps.2 else {
            throw picture.damage("it has no palette")
        }
        let entries = (0..<count).flatMap { [red[$0], green[$0], blue[$0]] }
        // Old writers filled eight of the sixteen bits.
        return entries.allSatisfy { $0 < 256 } ? entries.map { $0 * 257 } : entries
    }
}
