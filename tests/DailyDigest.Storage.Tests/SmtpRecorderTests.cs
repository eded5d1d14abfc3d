using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using DailyDigest.Testing.Services;

namespace DailyDigest.Storage.Tests;

/// <summary>Tests of the SMTP recorder that other tests use, in plain SMTP (RFC 5321).</summary>
public sealed class SmtpRecorderTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_kept_byte_for_byte_with_its_envelope()
    {
        await using var recorder = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        using var dialog = await Dialog.OpenAsync(recorder.Port);
        await dialog.ToDataAsync("bounces@news.test", "ann@example.test", "bob@example.test");

        Assert.StartsWith("250 2.0.0 Kept", await dialog.SayAsync("Subject: a\r\n folded\r\n\r\n..dot\r\n....dots\r\né \u0001\r\n."));

        var mail = Assert.Single(await recorder.WaitForAsync(1, Stop));
        Assert.Equal("bounces@news.test", mail.From);
        Assert.Equal(["ann@example.test", "bob@example.test"], mail.To);
        Assert.Equal("Subject: a\r\n folded\r\n\r\n.dot\r\n...dots\r\né \u0001\r\n", Encoding.UTF8.GetString(mail.Raw));
        Assert.Equal(("a folded", true, false, "client.test"), (mail.Header("subject"), mail.Replied, mail.Secure, mail.Client));
    }

    [Theory]
    [InlineData(SmtpStage.Connect, "")]
    [InlineData(SmtpStage.Mail, "220 250")]
    [InlineData(SmtpStage.Rcpt, "220 250 250")]
    [InlineData(SmtpStage.Data, "220 250 250 250 354")]
    public async Task A_scripted_refusal_comes_at_its_stage_and_count(SmtpStage stage, string before)
    {
        await using var recorder = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [SmtpFault.Refuse(stage, 451, "4.7.1 Not now", times: 1)] }, Stop);

        Assert.Equal($"{before} 451".Trim(), (await Dialog.TalkAsync(recorder.Port)).Codes);
        Assert.Empty(recorder.Messages);
        Assert.Equal("220 250 250 250 354 250", (await Dialog.TalkAsync(recorder.Port)).Codes);
        Assert.Single(await recorder.WaitForAsync(1, Stop));
    }

    [Fact]
    public async Task A_refusal_for_one_recipient_leaves_the_others_alone()
    {
        await using var recorder = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [SmtpFault.Refuse(SmtpStage.Rcpt, 550, "5.1.1 No such user", "gone@example.test")] }, Stop);

        Assert.EndsWith("550 5.1.1 No such user", (await Dialog.TalkAsync(recorder.Port, "GONE@example.test")).Last);
        Assert.Equal("220 250 250 250 354 250", (await Dialog.TalkAsync(recorder.Port, "here@example.test")).Codes);
    }

    [Fact]
    public async Task A_message_cut_off_is_not_stored_and_one_cut_before_the_reply_is()
    {
        await using var recorder = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [SmtpFault.Cut(SmtpStage.MidData, times: 1, afterBytes: 1000)] }, Stop);
        Assert.Equal("220 250 250 250 354", (await Dialog.TalkAsync(recorder.Port, text: new string('x', 70_000))).Codes);
        await recorder.WaitUntilQuietAsync(Stop);
        Assert.Empty(recorder.Messages);

        await recorder.ScriptAsync([SmtpFault.Cut(SmtpStage.Reply, times: 1)], Stop);
        Assert.Equal("220 250 250 250 354", (await Dialog.TalkAsync(recorder.Port)).Codes);
        Assert.False(Assert.Single(await recorder.WaitForAsync(1, Stop)).Replied);
        await recorder.WaitUntilQuietAsync(Stop);
        Assert.Equal((2, 1), (recorder.Connections, recorder.PeakConnections));
    }

    [Fact]
    public async Task A_sender_that_dies_before_the_final_dot_has_sent_nothing()
    {
        await using var recorder = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        using (var amid = await Dialog.OpenAsync(recorder.Port))
        {
            await amid.ToDataAsync("a@news.test", "amid@example.test");
            await amid.SendAsync("Subject: half");
            amid.Die();
        }

        using (var after = await Dialog.OpenAsync(recorder.Port))
        {
            await after.ToDataAsync("a@news.test", "after@example.test");
            await after.SendAsync("Subject: whole\r\n\r\ntext\r\n.");
            await recorder.WaitForAsync(1, Stop);
            after.Die();
        }

        await recorder.WaitUntilQuietAsync(Stop);
        Assert.Equal(["after@example.test"], Assert.Single(recorder.Messages).To);
        Assert.Equal("220 250 250 250 354 250", (await Dialog.TalkAsync(recorder.Port)).Codes);
    }

    [Fact]
    public async Task Login_size_and_STARTTLS_are_offered_and_required_as_configured()
    {
        await using var recorder = await SmtpRecorder.StartAsync(
            new SmtpOptions { Security = SmtpSecurity.StartTls, RequireTls = true, User = "u", Password = "p", MaxSize = 5000 }, Stop);
        using var dialog = await Dialog.OpenAsync(recorder.Port);
        var hello = await dialog.SayAsync("EHLO client.test");
        Assert.Contains("STARTTLS", hello, StringComparison.Ordinal);
        Assert.Contains("SIZE 5000", hello, StringComparison.Ordinal);
        Assert.StartsWith("220", await dialog.SayAsync("STARTTLS"));
        await dialog.SecureAsync(recorder.Certificate!.GetCertHashString());

        Assert.Contains("AUTH PLAIN LOGIN", await dialog.SayAsync("EHLO client.test"), StringComparison.Ordinal);
        Assert.StartsWith("530", await dialog.SayAsync("MAIL FROM:<a@news.test>"));
        Assert.StartsWith("535", await dialog.SayAsync("AUTH PLAIN " + Convert.ToBase64String("\0u\0wrong"u8)));
        Assert.StartsWith("235", await dialog.SayAsync("AUTH PLAIN " + Convert.ToBase64String("\0u\0p"u8)));
        await dialog.ToDataAsync("a@news.test", "b@example.test");
        Assert.StartsWith("552", await dialog.SayAsync(new string('x', 6000) + "\r\n."));
        await dialog.ToDataAsync("a@news.test", "b@example.test");
        Assert.StartsWith("250", await dialog.SayAsync("Subject: small\r\n\r\n."));
        var mail = Assert.Single(await recorder.WaitForAsync(1, Stop));
        Assert.Equal(("u", true), (mail.User, mail.Secure));
    }

    [Fact]
    public async Task TLS_from_the_first_byte_is_spoken_with_the_recorders_own_certificate()
    {
        await using var recorder = await SmtpRecorder.StartAsync(new SmtpOptions { Security = SmtpSecurity.Tls }, Stop);
        using var dialog = await Dialog.OpenAsync(recorder.Port, greeted: false);

        await dialog.SecureAsync(recorder.Certificate!.GetCertHashString());

        Assert.StartsWith("220", await dialog.ReplyAsync());
        Assert.DoesNotContain("STARTTLS", await dialog.SayAsync("EHLO client.test"), StringComparison.Ordinal);
    }

    private sealed class Dialog : IDisposable
    {
        private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private Stream stream = Stream.Null;

        public static async Task<Dialog> OpenAsync(int port, bool greeted = true)
        {
            var dialog = new Dialog();
            await dialog.socket.ConnectAsync(IPAddress.Loopback, port, Stop);
            dialog.stream = new NetworkStream(dialog.socket);
            if (greeted)
            {
                await dialog.ReplyAsync();
            }

            return dialog;
        }

        /// <summary>Sends one message until a refusal. Returns the reply codes and the last reply.</summary>
        public static async Task<(string Codes, string Last)> TalkAsync(int port, string to = "b@example.test", string text = "text")
        {
            using var dialog = await OpenAsync(port, greeted: false);
            var codes = new List<string>();
            string[] lines =
                ["", "EHLO client.test", "MAIL FROM:<a@news.test>", $"RCPT TO:<{to}>", "DATA", $"Subject: x\r\n\r\n{text}\r\n."];
            foreach (var line in lines)
            {
                var reply = line == "" ? await dialog.ReplyAsync() : await dialog.SayAsync(line);
                if (reply == "")
                {
                    return (string.Join(' ', codes), "");
                }

                codes.Add(reply[..3]);
                if (reply[0] is '4' or '5')
                {
                    return (string.Join(' ', codes), reply);
                }
            }

            return (string.Join(' ', codes), "");
        }

        public async Task ToDataAsync(string from, params string[] to)
        {
            await SayAsync("EHLO client.test");
            await SayAsync($"MAIL FROM:<{from}>");
            foreach (var recipient in to)
            {
                await SayAsync($"RCPT TO:<{recipient}>");
            }

            Assert.StartsWith("354", await SayAsync("DATA"));
        }

        public Task SendAsync(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"), Stop).AsTask();

        public async Task<string> SayAsync(string line)
        {
            try
            {
                await SendAsync(line);
            }
            catch (IOException)
            {
                return "";
            }

            return await ReplyAsync();
        }

        /// <summary>All lines of a reply, without the final line end; empty if the connection is closed.</summary>
        public async Task<string> ReplyAsync()
        {
            var reply = new StringBuilder();
            var buffer = new byte[4096];
            try
            {
                for (int read; (read = await stream.ReadAsync(buffer, Stop)) > 0;)
                {
                    reply.Append(Encoding.UTF8.GetString(buffer, 0, read));
                    var lines = reply.ToString().Split("\r\n");
                    if (lines is [.., var last, ""] && last.Length >= 4 && last[3] == ' ')
                    {
                        return reply.ToString().TrimEnd();
                    }
                }
            }
            catch (IOException)
            {
            }

            return "";
        }

        public async Task SecureAsync(string thumbprint)
        {
            var tls = new SslStream(stream, false, (_, certificate, _, _) => certificate?.GetCertHashString() == thumbprint);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Stop);
            stream = tls;
        }

        /// <summary>Closes with a reset, as the end of a killed process does.</summary>
        public void Die()
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }

        public void Dispose()
        {
            stream.Dispose();
            socket.Dispose();
        }
    }
}
