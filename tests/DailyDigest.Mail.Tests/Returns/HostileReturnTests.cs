using System.Text;
using CsCheck;
using DailyDigest.Mail.Returns;
using DailyDigest.Returns;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>Messages that want to cost memory or time, or to break the reader.</summary>
public sealed class HostileReturnTests
{
    private const string Head = "From: MAILER-DAEMON@mx.example\r\nTo: bounces@mail.digest.example\r\nSubject: failure notice\r\n";
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    [Theory]
    [InlineData("\r\n")]
    [InlineData("X-Long: ")]
    [InlineData("X-Folded: a", "\r\n b c d")]
    [InlineData("Subject: =?utf-8?B?")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"")]
    [InlineData("Content-Type: text/html\r\n\r\n<p ")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\nDiagnostic-Code: smtp; ")]
    public async Task Fifty_megabytes_are_read_to_the_limit_only(string begin, string again = "user <a@b.example> (")
    {
        await using var endless = new RepeatingStream(Head + begin, again, 50 * 1024 * 1024);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var mail = await SampleReturns.Reader.ReadAsync(endless, TestContext.Current.CancellationToken);

        Assert.True(mail.IsCut);
        Assert.Equal(ReturnReader.MaxBytes, endless.Taken);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40 * 1024 * 1024);
    }

    [Theory]
    [InlineData("X-Header: value\r\n", 100_000)]
    [InlineData("X-Failed-Recipients: a@b.example\r\n", 100_000)]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 1_000)]
    [InlineData("Content-Type: message/rfc822\r\n\r\n", 1_000)]
    [InlineData("Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n", 1_000)]
    [InlineData("\r\nAction: failed\r\nFinal-Recipient: rfc822; a@b.example\r\n\r\n", 20_000)]
    [InlineData("\0", 100_000)]
    [InlineData("\r", 100_000)]
    [InlineData("--b\r\n", 20_000)]
    [InlineData("=?utf-8?Q?=", 20_000)]
    [InlineData("\r\n550 5.1.1 user user user unknown", 20_000)]
    public async Task Repeated_structures_are_read_in_bounded_memory(string part, int times)
    {
        var bytes = Encoding.ASCII.GetBytes(Head + string.Concat(Enumerable.Repeat(part, times)));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var mail = await SampleReturns.ReadAsync(bytes);

        Assert.InRange(mail.Recipients.Count, 0, 1_000);
        Assert.InRange(mail.Candidates.Count, 0, 32);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 1024 * 1024);
    }

    [Fact]
    public async Task A_thousand_nested_parts_of_different_boundaries_are_read()
    {
        var nested = string.Concat(Enumerable.Range(0, 1_000).Select(
            level => $"Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n"));

        var mail = await SampleReturns.ReadAsync(Encoding.ASCII.GetBytes(Head + nested + "Content-Type: text/plain\r\n\r\n550 no\r\n"));

        Assert.NotEqual(true, mail.Verdict?.IsPermanent);
    }

    [Fact]
    public async Task A_sample_that_ends_anywhere_is_read_and_no_soft_one_becomes_permanent()
    {
        foreach (var row in SampleReturns.Expected)
        {
            var bytes = SampleReturns.Bytes(row[0]);
            for (var length = 0; length < bytes.Length; length += Long ? 1 : 256)
            {
                var mail = await SampleReturns.ReadAsync(bytes[..length]);
                Assert.True(row[4] == "permanent" || mail.Verdict?.IsPermanent is not true, $"{row[0]} cut at {length}");
            }
        }
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("utf-16")]
    [InlineData("iso-2022-jp")]
    [InlineData("no-such-charset")]
    [InlineData("\"")]
    public async Task A_wrong_charset_loses_no_plain_words(string charset)
    {
        var mail = await SampleReturns.ReadAsync([
            .. Encoding.ASCII.GetBytes(Head + $"Content-Type: text/plain; charset={charset}\r\n\r\n"
                + "Could not be delivered:\r\n<reader@mail.example.org>: 550 5.1.1 User unknown "),
            0xFF, 0xFE, 0x80,
        ]);

        Assert.Equal((ReturnKind.Bounced, "no-such-user"), (mail.Kind, mail.Verdict?.Reason));
    }

    /// <summary>Random changes of the samples, 100 seconds with DAILYDIGEST_LONG=1, two otherwise.</summary>
    [Fact]
    public void Changed_samples_are_read_without_an_exception()
    {
        var samples = SampleReturns.Expected.Select(row => SampleReturns.Bytes(row[0])).ToArray();
        var change = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1_000_000], Gen.Byte, Gen.Int[1, 400]);
        Gen.Select(Gen.Int[0, samples.Length - 1], Gen.Int[0, samples.Length - 1], change.Array[1, 12]).Sample(
            (first, second, changes) =>
            {
                var bytes = changes.Aggregate(samples[first].ToList(), (list, one) => Changed(list, samples[second], one)).ToArray();
                var mail = SampleReturns.ReadAsync(bytes).GetAwaiter().GetResult();
                Assert.InRange(mail.Candidates.Count, 0, 32);
                Assert.True(mail.Kind == ReturnKind.Bounced == mail.Verdict is not null);
            },
            time: Long ? 100 : 2, threads: 1);
    }

    private static List<byte> Changed(List<byte> bytes, byte[] other, (int Kind, int At, byte Value, int Length) change)
    {
        var at = change.At % (bytes.Count + 1);
        var length = Math.Min(change.Length, bytes.Count - at);
        switch (change.Kind)
        {
            case 0 when at < bytes.Count:
                bytes[at] = change.Value;
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            default:
                var from = change.At % other.Length;
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + change.Length)]);
                break;
        }

        return bytes;
    }

    /// <summary>A beginning, then the same text again and again, made while it is read.</summary>
    private sealed class RepeatingStream(string begin, string again, long length) : Stream
    {
        private readonly byte[] begin = Encoding.ASCII.GetBytes(begin);
        private readonly byte[] again = Encoding.ASCII.GetBytes(again);

        public long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => Taken; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Taken);
            for (var i = 0; i < read; i++, Taken++)
            {
                buffer[offset + i] = Taken < begin.Length ? begin[Taken] : again[(Taken - begin.Length) % again.Length];
            }

            return read;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var bytes = new byte[Math.Min(buffer.Length, 8 * 1024)];
            var read = Read(bytes, 0, bytes.Length);
            bytes.AsMemory(0, read).CopyTo(buffer);
            return ValueTask.FromResult(read);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
