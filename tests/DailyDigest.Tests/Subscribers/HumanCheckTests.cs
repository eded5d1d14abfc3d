using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

public sealed class HumanCheckTests : IDisposable
{
    private readonly House house = new();
    private readonly HumanCheck check;

    public HumanCheckTests() => check = new HumanCheck(house.Tables, house.Links, new SignUpOptions(), house.Time);

    [Fact]
    public async Task The_right_sum_is_right_once_on_whatever_machine()
    {
        var question = check.Create();
        house.Time.Advance(TimeSpan.FromSeconds(5));
        var sum = (question.First + question.Second).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var elsewhere = new HumanCheck(house.Tables, house.Links, new SignUpOptions(), house.Time);
        Assert.Equal(HumanAnswer.Right, await elsewhere.VerifyAsync(question.Token, $" {sum} ", CancellationToken.None));
        Assert.Equal(HumanAnswer.Expired, await check.VerifyAsync(question.Token, sum, CancellationToken.None));
    }

    [Fact]
    public async Task Arabic_digits_are_digits()
    {
        var question = check.Create();
        house.Time.Advance(TimeSpan.FromSeconds(5));
        var sum = string.Concat($"{question.First + question.Second}".Select(digit => (char)('٠' + digit - '0')));
        Assert.Equal(HumanAnswer.Right, await check.VerifyAsync(question.Token, sum, CancellationToken.None));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("99")]
    [InlineData("-1")]
    [InlineData("seven")]
    [InlineData("99999999999999999999")]
    public async Task A_wrong_answer_is_wrong_and_leaves_the_question_open(string? answer)
    {
        var question = check.Create();
        house.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HumanAnswer.Wrong, await check.VerifyAsync(question.Token, answer, CancellationToken.None));
        Assert.Equal(HumanAnswer.Right, await check.VerifyAsync(question.Token, $"{question.First + question.Second}", CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31 * 60)]
    public async Task An_answer_that_is_too_quick_or_too_late_does_not_count(int seconds)
    {
        var question = check.Create();
        house.Time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(HumanAnswer.Expired, await check.VerifyAsync(question.Token, $"{question.First + question.Second}", CancellationToken.None));
    }

    [Fact]
    public async Task A_question_of_ones_own_making_does_not_count()
    {
        var token = check.Create().Token;
        house.Time.Advance(TimeSpan.FromSeconds(5));
        for (var place = 0; place < token.Length - 1; place++)
        {
            var forged = token[..place] + (token[place] == 'A' ? 'B' : 'A') + token[(place + 1)..];
            Assert.Equal(HumanAnswer.Forged, await check.VerifyAsync(forged, "5", CancellationToken.None));
        }

        Assert.Equal(HumanAnswer.Forged, await check.VerifyAsync(null, "5", CancellationToken.None));
        Assert.Equal(HumanAnswer.Forged, await check.VerifyAsync(token[1..], "5", CancellationToken.None));
        Assert.Equal(HumanAnswer.Forged, await check.VerifyAsync(new string('\u0661', token.Length), "5", CancellationToken.None));
    }

    public void Dispose() => house.Dispose();
}
