using DailyDigest.Returns;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>Messages of many servers, in many languages, written for this project.</summary>
public sealed class ReturnSampleTests
{
    public static TheoryData<string> Samples => new(SampleReturns.Expected.Select(row => row[0]));

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_has_its_kind_verdict_reason_and_candidate(string sample)
    {
        var row = SampleReturns.Expected.Single(one => one[0] == sample);

        var mail = await SampleReturns.ReadAsync(SampleReturns.Bytes(sample));

        var verdict = mail.Verdict is { } one ? one.IsPermanent ? "permanent" : "soft" : "none";
        var best = mail.Candidates is [var first, ..] ? first : null;
        var proof = best?.Proof switch { ReturnProof.Token => "token", ReturnProof.MessageId => "message-id", _ => "none" };
        string[] found =
            [SampleReturns.Kind(mail), verdict, mail.Verdict?.Reason ?? "-", proof, best?.Value ?? "-", best?.Recipient ?? "-"];
        Assert.Equal(row[3..], found);
    }

    [Fact]
    public void The_samples_cover_servers_languages_and_kinds()
    {
        var rows = SampleReturns.Expected;

        Assert.True(rows.Count >= 120);
        Assert.True(rows.Select(row => row[1]).Distinct().Count() >= 25);
        Assert.True(rows.Select(row => row[2]).Distinct().Count() >= 10);
        Assert.Equal(Enum.GetValues<ReturnKind>().Length, rows.Select(row => row[3]).Distinct().Count());
        Assert.Equal(rows.Count, Directory.GetFiles(SampleReturns.Folder, "*.eml").Length);
    }

    [Fact]
    public async Task A_report_about_several_recipients_has_a_verdict_for_each()
    {
        var mail = await SampleReturns.ReadAsync(SampleReturns.Bytes("trap-several"));

        Assert.Equal(
            [("one@mail.example.org", "no-such-user"), ("two@mail.example.org", "mailbox-full")],
            mail.Recipients.Select(one => (one.Address!, one.Verdict!.Value.Reason)));
    }

    [Fact]
    public async Task The_reply_of_a_report_is_kept_without_addresses()
    {
        var mail = await SampleReturns.ReadAsync(SampleReturns.Bytes("postfix-unknown"));

        Assert.Equal(
            "550 5.1.1 <address>: Recipient address rejected: User unknown in virtual mailbox table", Assert.Single(mail.Recipients).Reply);
    }

    [Fact]
    public async Task Without_an_unsubscribe_address_no_mail_is_an_unsubscribe_request()
    {
        var reader = new DailyDigest.Mail.Returns.ReturnReader(new DailyDigest.Mail.Returns.ReturnAddresses("bounces@mail.digest.example"));

        var mail = await reader.ReadAsync(
            new MemoryStream(SampleReturns.Bytes("unsub-mail")), TestContext.Current.CancellationToken);

        Assert.Equal(ReturnKind.Other, mail.Kind);
    }
}
