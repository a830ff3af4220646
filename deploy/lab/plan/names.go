package plan

// Invented places, companies and people: free text, so that what reads it has
// to cope with Chinese.
var (
	districts = []string{"滨湖", "新桥", "云谷", "南塘", "青阳", "长丰", "石佛", "临江", "望城", "柳林", "高铺", "北岭"}
	towns     = []string{"龙泉", "双河", "白石", "杨店", "清溪", "大塘", "马桥", "三岔", "赤湾", "东里", "金沙", "梅园", "月亮湾", "古渡", "松岗", "茶亭"}
	buildings = []string{"科技大厦", "商务中心", "国际广场", "产业园", "创业大厦", "金融中心", "物流园", "软件园"}
	firms     = []string{"星河证券", "远航物流", "汇丰源食品", "正大建材", "联创软件", "康宁医院", "第三中学", "市图书馆", "恒信保险", "蓝海银行", "新世纪百货", "华清制药",
		"东风汽配", "天域传媒", "市公交集团", "银泰置业", "德润律师事务所", "启明教育", "广电网络", "城市供水"}
	suffixes = []string{"", "分公司", "营业部", "总部", "数据中心"}
	surnames = []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"}
	given    = []string{"伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "勇", "军", "杰", "涛", "明", "霞"}
)

func pick(b *builder, list []string) string { return list[b.rng.IntN(len(list))] }

func (b *builder) person() string {
	name := pick(b, surnames) + pick(b, given)
	if b.chance(0.4) {
		name += pick(b, given)
	}
	return name
}
