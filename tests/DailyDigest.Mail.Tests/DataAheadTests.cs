using System.Text;
using DailyDigest.Mail.Smtp;

namespace DailyDigest.Mail.Tests;

/// <summary>DATA that leaves before MailKit sends it; <see cref="ScriptedSmtpTests"/> has the same with a server.</summary>
public sealed class DataAheadTests
{
    private const string Envelope = "MAIL FROM:<a@example.com> SIZE=9\r\nRCPT TO:<b@example.com>\r\n";

    [Theory]
    [InlineData(Envelope, true)]
    [InlineData("MAIL FROM:<a@example.com>\r\n", false)]
    [InlineData("RCPT TO:<b@example.com>\r\n", false)]
    [InlineData(Envelope + "RCPT TO:<c@example.com>\r\n", false)]
    [InlineData("MAIL FROM:<a@example.com>\r\nDATA\r\n", false)]
    [InlineData("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>", false)]
    [InlineData("EHLO x\r\n", false)]
    public void DATA_is_added_to_one_sender_and_one_recipient_only(string leaving, bool adds) =>
        Assert.Equal(adds, new DataAhead().Adds(Encoding.ASCII.GetBytes(leaving)));

    [Theory]
    [InlineData("250 ok\r\n250 ok\r\n354 go\r\n")]
    [InlineData("250-one\r\n250 two\r\n250-2\r\n250-2.\r\n250\r\n354 go\r\n")]
    public void Replies_that_take_the_message_pass_whole_wherever_they_are_cut(string replies)
    {
        foreach (var cut in Enumerable.Range(0, replies.Length + 1))
        {
            var ahead = Begun();

            Assert.Equal(replies, Pass(ahead, replies[..cut]) + Pass(ahead, replies[cut..]));
            Assert.False(ahead.MustDrop);
            Assert.True(ahead.Swallows("DATA\r\n"u8));
            Assert.False(ahead.Swallows("DATA\r\n"u8));
        }
    }

    [Theory]
    [InlineData("250 ok\r\n550 no\r\n", "554 none\r\n", false)]
    [InlineData("250-a\r\n250 ok\r\n550-b\r\n550 no\r\n", "554-c\r\n554 none\r\n", false)]
    [InlineData("451 no\r\n503 no\r\n", "503 none\r\n", false)]
    [InlineData("250 ok\r\n450 no\r\n", "354 go\r\n", true)]
    [InlineData("\u0001\r\n\r\n", "x\r\n", false)]
    public void The_reply_after_a_refusal_is_dropped_wherever_it_is_cut(string envelope, string data, bool wantsMessage)
    {
        var all = envelope + data;
        foreach (var cut in Enumerable.Range(0, all.Length + 1))
        {
            var ahead = Begun();
            var passed = Pass(ahead, all[..cut]);
            var rest = all[cut..];
            if (cut < envelope.Length)
            {
                passed += Pass(ahead, rest);
                rest = "";
            }

            Assert.Equal(envelope, passed);
            Assert.True(ahead.MustDrop);
            Assert.True(ahead.Drop(Encoding.Latin1.GetBytes(rest), out var wants) || rest.Length == 0);
            Assert.Equal(wantsMessage, wants);
            Assert.Equal(wantsMessage, ahead.MustDrop);
            if (wantsMessage)
            {
                Assert.False(ahead.Drop("554 no"u8, out _));
                Assert.True(ahead.Drop("ne\r\n"u8, out _));
            }

            Assert.False(ahead.MustDrop);
            Assert.True(ahead.Adds(Encoding.ASCII.GetBytes(Envelope)));
        }
    }

    [Theory]
    [InlineData("RSET\r\n")]
    [InlineData("QUIT\r\n")]
    [InlineData("DATA\r\nx")]
    public void Nothing_but_DATA_may_follow_an_envelope_that_was_taken(string written)
    {
        var ahead = Begun();
        Pass(ahead, "250 ok\r\n250 ok\r\n");

        Assert.Throws<IOException>(() => ahead.Swallows(Encoding.ASCII.GetBytes(written)));
    }

    private static DataAhead Begun()
    {
        var ahead = new DataAhead();
        Assert.True(ahead.Adds(Encoding.ASCII.GetBytes(Envelope)));
        return ahead;
    }

    private static string Pass(DataAhead ahead, string read)
    {
        var bytes = Encoding.Latin1.GetBytes(read);
        return Encoding.Latin1.GetString(bytes.AsSpan(0, ahead.Pass(bytes)));
    }
}
