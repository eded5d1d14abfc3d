using DailyDigest.Calendar;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class HumanCheckTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();
    private readonly HumanCheck check;

    public HumanCheckTests() => check = new HumanCheck(fixture.Tables, fixture.Links, new SignUpOptions(), fixture.Time);

    [Fact]
    public async Task The_right_sum_counts_for_one_address_on_whatever_machine()
    {
        var question = check.Create();
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        var elsewhere = new HumanCheck(fixture.Tables, fixture.Links, new SignUpOptions(), fixture.Time);
        Assert.Equal(HumanAnswer.Right, elsewhere.Judge(question.Token, $" {question.First + question.Second} "));
        Assert.Equal(CheckUse.First, await elsewhere.UseAsync(question.Token, "ann@example.com", CancellationToken.None));
        Assert.Equal(CheckUse.Spent, await check.UseAsync(question.Token, "bob@example.com", CancellationToken.None));
        Assert.Equal(CheckUse.Again, await check.UseAsync(question.Token, "ann@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task The_record_of_a_used_check_names_nobody_and_differs_for_each_question()
    {
        var questions = Enumerable.Range(0, 2).Select(_ => check.Create()).ToList();
        foreach (var question in questions)
        {
            await check.UseAsync(question.Token, "ann@example.com", CancellationToken.None);
        }

        var rows = await UsedAsync();
        Assert.Equal(2, rows.Select(row => row.Text("for")).Distinct().Count());
        Assert.All(rows, row => Assert.Matches("^[0-9a-f]{32}$", row.Text("for")));
    }

    [Fact]
    public async Task A_use_whose_row_says_nothing_of_the_address_counts_for_nobody()
    {
        var question = check.Create();
        await check.UseAsync(question.Token, "ann@example.com", CancellationToken.None);
        var row = Assert.Single(await UsedAsync());
        await fixture.Tables.WriteAsync(
            Tables.UsedChecks, Hour, TableWrite.Update(new TableRow(row.Key), row.ETag!), CancellationToken.None);
        Assert.Equal(CheckUse.Spent, await check.UseAsync(question.Token, "ann@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task No_use_is_made_of_what_is_no_question_of_ours() =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => check.UseAsync(new string('A', check.Create().Token.Length), "ann@example.com", CancellationToken.None));

    [Fact]
    public void Arabic_digits_are_digits()
    {
        var question = check.Create();
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        var sum = string.Concat($"{question.First + question.Second}".Select(digit => (char)('٠' + digit - '0')));
        Assert.Equal(HumanAnswer.Right, check.Judge(question.Token, sum));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("99")]
    [InlineData("-1")]
    [InlineData("seven")]
    [InlineData("99999999999999999999")]
    public void A_wrong_answer_is_wrong_and_leaves_the_question_open(string? answer)
    {
        var question = check.Create();
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HumanAnswer.Wrong, check.Judge(question.Token, answer));
        Assert.Equal(HumanAnswer.Right, check.Judge(question.Token, $"{question.First + question.Second}"));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(31 * 60, false)]
    public void An_answer_that_is_too_quick_or_too_late_does_not_count(int seconds, bool quick)
    {
        var question = check.Create();
        fixture.Time.Advance(TimeSpan.FromSeconds(seconds));
        var sum = $"{question.First + question.Second}";
        Assert.Equal(quick ? HumanAnswer.TooFast : HumanAnswer.Expired, check.Judge(question.Token, sum));
        var kept = check.Solved(question.Token, sum);
        Assert.Equal(quick ? question.Token : null, kept?.Token);
        Assert.Equal(quick ? question.Numbers : null, kept?.Numbers);
        Assert.Null(check.Solved(question.Token, "99"));
    }

    [Fact]
    public void A_question_of_ones_own_making_does_not_count()
    {
        var token = check.Create().Token;
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        for (var place = 0; place < token.Length - 1; place++)
        {
            var forged = token[..place] + (token[place] == 'A' ? 'B' : 'A') + token[(place + 1)..];
            Assert.Equal(HumanAnswer.Forged, check.Judge(forged, "5"));
        }

        Assert.Equal(HumanAnswer.Forged, check.Judge(null, "5"));
        Assert.Equal(HumanAnswer.Forged, check.Judge(token[1..], "5"));
        Assert.Equal(HumanAnswer.Forged, check.Judge(new string('\u0661', token.Length), "5"));
    }

    private string Hour => fixture.Time.GetUtcNow().ToString("yyyy-MM-dd-HH", System.Globalization.CultureInfo.InvariantCulture);

    private Task<IReadOnlyList<TableRow>> UsedAsync() =>
        fixture.Tables.QueryAsync(Tables.UsedChecks, Hour, RowRange.All, 10, CancellationToken.None);

    public void Dispose() => fixture.Dispose();
}
