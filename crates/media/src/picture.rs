use async_trait::async_trait;
use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage,
    codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use std::{io::Cursor, sync::Arc};
use tidings_messaging::media::{ImageShrinker, NotShrunk};
use tokio::sync::Semaphore;

/// The longest sides that are tried, and the qualities at each: what a telephone shows well comes first.
const SIDES: [u32; 4] = [2048, 1600, 1024, 640];
const QUALITIES: [u8; 2] = [85, 70];
/// How many bytes decoding may take for each pixel: four colors of sixteen bits.
const BYTES_PER_PIXEL: u64 = 8;

/// Makes pictures smaller, one after the other: a large one takes hundreds of megabytes while it is decoded.
#[derive(Debug, Clone)]
pub struct Pictures {
    turn: Arc<Semaphore>,
}

impl Pictures {
    /// Nothing is under way.
    pub fn new() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl ImageShrinker for Pictures {
    async fn shrink(&self, picture: Bytes, most: u64, pixels: u64) -> Result<Bytes, NotShrunk> {
        let turn = self.turn.clone().acquire_owned().await;
        let turn = turn.map_err(|error| NotShrunk::Unreadable(error.into()))?;
        let work = tokio::task::spawn_blocking(move || {
            // Held until the work is over, though nobody waits for it any more.
            let _turn = turn;
            shrink(&picture, most, pixels)
        });
        match work.await {
            Ok(result) => result,
            Err(error) => Err(NotShrunk::Unreadable(error.into())),
        }
    }
}

fn shrink(picture: &[u8], most: u64, pixels: u64) -> Result<Bytes, NotShrunk> {
    let mut image = decode(picture, pixels)?;
    for side in SIDES {
        // Each from the one before it, which is quicker and looks the same.
        if image.width().max(image.height()) > side {
            image = image.resize(side, side, FilterType::Triangle);
        }
        let flat = on_white(&image);
        for quality in QUALITIES {
            let mut jpeg = Vec::new();
            JpegEncoder::new_with_quality(&mut jpeg, quality)
                .encode_image(&flat)
                .map_err(unreadable)?;
            if jpeg.len() as u64 <= most {
                return Ok(jpeg.into());
            }
        }
    }
    Err(NotShrunk::StillTooLarge)
}

/// Decodes as the picture is to be looked at; what it says of its size is read first.
fn decode(picture: &[u8], pixels: u64) -> Result<DynamicImage, NotShrunk> {
    let mut reader = ImageReader::new(Cursor::new(picture))
        .with_guessed_format()
        .map_err(|error| NotShrunk::Unreadable(error.into()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels.saturating_mul(BYTES_PER_PIXEL));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels {
        return Err(NotShrunk::TooManyPixels);
    }
    // A picture that does not say how it was held was held upright.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(image)
}

/// JPEG knows nothing that is transparent.
fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let rgba = image.to_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let over = |color: u8| {
            let (color, alpha) = (u16::from(color), u16::from(alpha));
            u8::try_from((color * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

fn unreadable(error: ImageError) -> NotShrunk {
    match error {
        ImageError::Limits(_) => NotShrunk::TooManyPixels,
        error => NotShrunk::Unreadable(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgba, RgbaImage};

    /// Pixels that do not compress.
    fn noise(width: u32, height: u32) -> DynamicImage {
        let mut state = 1_u32;
        DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [a, b, c, _] = state.to_be_bytes();
            Rgba([a, b, c, 255])
        }))
    }

    fn png(image: &DynamicImage) -> Bytes {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner().into()
    }

    #[tokio::test]
    async fn a_large_picture_gets_small_and_keeps_its_shape() {
        let picture = png(&noise(1800, 900));
        assert!(picture.len() > 4_000_000, "{}", picture.len());
        let small = Pictures::new().shrink(picture, 500_000, 2_000_000).await;
        let small = small.unwrap();
        assert!(small.len() <= 500_000);
        let read = ImageReader::with_format(Cursor::new(small), ImageFormat::Jpeg);
        let (width, height) = read.into_dimensions().unwrap();
        assert_eq!(width, height * 2);
    }

    #[tokio::test]
    async fn a_picture_that_says_that_it_is_huge_is_never_decoded() {
        // A PNG of 50,000 by 50,000 pixels in a few bytes, which would take 10 GB.
        let mut bomb = png(&noise(1, 1)).to_vec();
        bomb[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        let result = Pictures::new().shrink(bomb.into(), 1_000, 60_000_000).await;
        assert!(
            matches!(result, Err(NotShrunk::TooManyPixels)),
            "{result:?}"
        );
    }

    #[tokio::test]
    async fn what_is_no_picture_is_an_error() {
        for wrong in [
            &b"<html>"[..],
            b"",
            b"\xff\xd8\xff\xe0\0\x10JFIF",
            b"\x89PNG\r\n\x1a\n\0\0",
        ] {
            let result = Pictures::new()
                .shrink(Bytes::from_static(wrong), 1_000, 1_000)
                .await;
            assert!(
                matches!(result, Err(NotShrunk::Unreadable(_))),
                "{result:?}"
            );
        }
    }

    #[tokio::test]
    async fn what_cannot_get_small_enough_is_said_to_be_so() {
        let result = Pictures::new()
            .shrink(png(&noise(700, 700)), 100, 1_000_000)
            .await;
        assert!(
            matches!(result, Err(NotShrunk::StillTooLarge)),
            "{result:?}"
        );
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let clear = RgbaImage::from_pixel(1, 1, Rgba([0, 0, 0, 0]));
        let flat = on_white(&DynamicImage::ImageRgba8(clear));
        assert_eq!(flat.get_pixel(0, 0).0, [255, 255, 255]);
    }

    /// The checksum of a chunk, by the definition in the standard of PNG.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    0xedb8_8320 ^ (crc >> 1)
                } else {
                    crc >> 1
                }
            })
        })
    }
}
