using DailyDigest.Mail.Pickup;
using DailyDigest.Runs;
using DailyDigest.Testing.Storage;
using MimeKit;

namespace DailyDigest.Mail.Tests;

public sealed class PickupTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dd-pickup-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_digest_becomes_one_file_with_the_subscribers_links()
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        await using var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication()).OpenSession();

        var result = await session.SendAsync(SampleMails.Mail(variant), Stop);

        Assert.Equal(SendOutcome.Sent, result.Outcome);
        var file = Assert.Single(Directory.GetFiles(folder));
        Assert.EndsWith("20261122.3f2a@digest.example.com.eml", file, StringComparison.Ordinal);
        using var message = await MimeMessage.LoadAsync(file, Stop);
        Assert.Contains("\n" + SampleMails.Unsubscribe + "\n", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("href=\"" + SampleMails.Unsubscribe.Replace("&", "&amp;", StringComparison.Ordinal) + "\"", message.HtmlBody!,
            StringComparison.Ordinal);
        Assert.DoesNotContain("{{dd:", message.ToString(), StringComparison.Ordinal);
        var lines = await File.ReadAllTextAsync(file, Stop);
        Assert.DoesNotContain(lines.Split("\r\n"), line => line.Length > 998 || line.Contains('\n'));
    }

    [Fact]
    public async Task A_message_that_is_sent_again_replaces_its_file()
    {
        await using var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication()).OpenSession();

        await session.SendAsync(SampleMails.Notice(), Stop);
        await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_message_id_cannot_leave_the_folder()
    {
        await using var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication()).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice() with { MessageId = "../../etc/passwd@x" }, Stop);

        Assert.Equal(SendOutcome.Sent, result.Outcome);
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_counts_as_a_refusal_of_the_relay()
    {
        var file = Path.Combine(folder, "taken");
        await File.WriteAllTextAsync(file, "", Stop);
        await using var session = new PickupTransport(SampleMails.Options(file), SampleMails.Publication()).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(SendOutcome.RelayRefused, result.Outcome);
        Assert.Contains("pickup folder", result.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_counts_as_a_refusal_of_the_relay_and_leaves_no_partial_file()
    {
        using var disk = SmallDisk.Mount();
        disk.Fill();
        await using var session = new PickupTransport(SampleMails.Options(disk.Folder), SampleMails.Publication()).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal((SendOutcome.RelayRefused, "cannot write to the pickup folder: the disk is full"), (result.Outcome, result.Reply));
        Assert.Equal([disk.File("filler")], Directory.GetFiles(disk.Folder));
    }
}
