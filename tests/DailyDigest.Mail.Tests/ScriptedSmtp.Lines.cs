using System.Text;

namespace DailyDigest.Mail.Tests;

/// <summary>How the server reads its input.</summary>
internal sealed partial class ScriptedSmtp
{
    /// <summary>The next line, one character per byte, without its CRLF; null at the end.</summary>
    private sealed class Lines(Stream stream)
    {
        private readonly byte[] buffer = new byte[16 * 1024];
        private int at;
        private int length;

        public async Task<byte[]> BytesAsync(int count, CancellationToken cancellationToken)
        {
            var bytes = new byte[count];
            for (var i = 0; i < count; i++)
            {
                if (at == length && !await FillAsync(cancellationToken))
                {
                    throw new EndOfStreamException();
                }

                bytes[i] = buffer[at++];
            }

            return bytes;
        }

        public async Task<string?> NextAsync(CancellationToken cancellationToken)
        {
            var line = new StringBuilder();
            while (true)
            {
                if (at == length && !await FillAsync(cancellationToken))
                {
                    return null;
                }

                var c = (char)buffer[at++];
                if (c == '\n')
                {
                    return line.ToString().TrimEnd('\r');
                }

                line.Append(c);
            }
        }

        private async Task<bool> FillAsync(CancellationToken cancellationToken)
        {
            (at, length) = (0, await stream.ReadAsync(buffer, cancellationToken));
            return length > 0;
        }
    }
}
