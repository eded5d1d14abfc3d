using System.Buffers;
using System.Text;

namespace DailyDigest.Mail.Mime;

/// <summary>
/// Encoded words (RFC 2047) for a whole text. MimeKit leaves ASCII as it is, so that a text which looks like an encoded word would be
/// decoded by its reader.
/// </summary>
internal static class EncodedWords
{
    // An encoded word has at most 75 characters. With the frame =?utf-8?b??= base64 carries 45 bytes.
    private const int MaxBytes = 45;

    /// <summary>The raw value of a header: one word a line, each with whole characters.</summary>
    public static byte[] Of(string text)
    {
        var output = new ArrayBufferWriter<byte>(text.Length * 2);
        var word = new List<byte>(MaxBytes);
        var utf8 = new byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(utf8);
            if (word.Count + length > MaxBytes)
            {
                Write(output, word);
            }

            word.AddRange(utf8[..length]);
        }

        Write(output, word);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> output, List<byte> word)
    {
        output.Write(Encoding.ASCII.GetBytes($" =?utf-8?b?{Convert.ToBase64String([.. word])}?=\r\n"));
        word.Clear();
    }
}
