using System.Text;
using DailyDigest.Mail.Mime;
using MimeKit.Encodings;

namespace DailyDigest.Mail.Tests;

/// <summary>The bytes that fill a slot of a body, in quoted-printable.</summary>
public sealed class QuotedPrintableTests
{
    [Theory]
    [InlineData("https://digest.example.com/u/")]
    [InlineData("https://digest.example.com/u?token=")]
    [InlineData("https://digest.example.com/جريدة/")]
    [InlineData(".")]
    [InlineData("From ")]
    public void A_text_of_any_length_can_be_read_again(string beginning)
    {
        for (var length = 0; length < 320; length++)
        {
            var text = beginning + string.Concat(Enumerable.Range(0, length).Select(at => at % 7 == 0 ? '.' : (char)('a' + (at % 26))));
            var encoded = QuotedPrintable.Encode(text);

            var decoder = new QuotedPrintableDecoder();
            var decoded = new byte[decoder.EstimateOutputLength(encoded.Length)];
            Assert.Equal(text, Encoding.UTF8.GetString(decoded, 0, decoder.Decode(encoded, 0, encoded.Length, decoded)));

            var lines = Encoding.ASCII.GetString(encoded).Split("\r\n");
            Assert.All(lines, line => Assert.InRange(line.Length, 1, 76));
            Assert.All(lines, line => Assert.False(line.StartsWith('.') || line.StartsWith("From ", StringComparison.Ordinal)));
        }
    }
}
