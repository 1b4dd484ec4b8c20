/** The page's texts in Chinese. */

export const zh = {
  what_it_is: '政府信息公开工作年度报告识别结果复核',
  api_key: 'API 密钥', sign_in: '登录', sign_out: '退出', places: '导航',
  'role.upload': '上传', 'role.review': '复核', 'role.admin': '管理',
  'place.queue': '复核队列', 'place.report': '复核', 'place.alike': '同形核对',
  'place.overview': '总览', 'place.upload': '上传',

  reports: '报告', filters: '筛选', any: '不限', year: '年度',
  'filter.order': '排序', 'filter.needs_review': '范围', 'filter.status': '状态',
  'filter.form': '表样', 'filter.body': '机关', 'filter.archive': '档案批次',
  worst_first: '疑点多者在前', oldest_first: '收到早者在前', with_doubts: '有待核字段', all_reports: '全部报告',
  any_status: '全部状态', any_form: '全部表样', body_in_full: '不限，或输入全名', any_archive: '全部批次', form_of: '{id} 年表样',
  reports_waiting: '份报告待核', fields_waiting: '个字段待核', fields_today: '个字段今日已核', reports_today: '份今日已审定',
  take_next: '取下一份', newer: '上一页', further: '下一页', nothing_here: '没有待处理的内容。',
  'column.body': '机关', 'column.year': '年度', 'column.form': '表样', 'column.doubts': '待核',
  'column.status': '状态', 'column.received': '收到', 'column.held_by': '复核人',
  'status.queued': '排队中', 'status.running': '识别中', 'status.extracted': '已识别',
  'status.reviewed': '已审定', 'status.failed': '失败', 'status.cancelled': '已取消',

  sheet: '原页', pages: '页面', page_n: '第 {n} 页', page_doubts: '第 {n} 页，{count} 个待核',
  zoom_in: '放大', zoom_out: '缩小', fit: '适合宽度', rotate: '旋转',
  field: '当前字段', answers: '候选', other_source: '另见', sums: '勾稽', why: '依据',
  'mark.sure': '可信', 'mark.doubtful': '待核', 'mark.repaired': '按勾稽修正', 'mark.inferred': '按勾稽推得',
  'mark.corrected': '已更正', 'mark.confirmed': '已确认', 'mark.broken': '勾稽不符',
  missing: '未找到', no_number: '非数字', illegible: '看不清', not_reported: '未填报', blank: '空白', as_printed: '原文如此',
  'key.blank': 'B', 'key.not_reported': '/', 'key.illegible': 'X', 'key.as_printed': 'P',
  parts: '识读 {reading}，定位 {mapping}', read_as: '识读为“{text}”（{sure}）',
  reconciled: '若为 {value}，勾稽相符；以原文为准。', simply_read: '直接识读，未经修正。', said_by_person: '由复核人确认。',
  'sum.open': '有非数字，未核', off_by: '差 {off}', own_fault: '原件如此', own_fault_said: '已记为原件自身不符。',

  doubts_left: '{n} 个待核', sums_broken: '{n} 处勾稽不符', sending: '正在提交 {n} 项', read_only: '只读',
  'moved.settled': '另有 {n} 个字段随之确定', 'moved.raised': '另有 {n} 个字段待核', 'moved.changed': '{n} 个值随之改变', comma: '，',
  all_settled: '已无疑点，按 Ctrl+Enter 审定。', no_broken: '没有不符的勾稽。',
  approve: '审定', approve_doubts: '还有 {n} 个字段待核，仍要审定吗？', approve_anyway: '仍然审定', go_on: '继续复核',
  approved: '已审定。', postpone: '稍后再核', postponed: '已推迟。', history: '沿革', whole_report: '整份报告',
  no_history: '此字段尚无改动。', close: '关闭',
  'did.received': '收到', 'did.extracted': '识别', 'did.failed': '失败', 'did.differs': '重新识别有出入', 'did.changed': '重新识读',
  'did.corrected': '填写', 'did.withdrawn': '撤回', 'did.approved': '审定',
  'did.cancelled': '取消', 'did.retried': '要求重试',
  conflict: '他人已改此报告', conflict_why: '您提交之前，这些字段已被改动。',
  before: '原值', theirs: '现值', mine: '您的值', take_theirs: '保留现值', send_mine: '改用我的值',
  changed_elsewhere: '他人改动了 {n} 个字段，已更新。',
  not_taken: '一项填写未被接受', kept_here: '{n} 项操作保存在本机。',
  cut_off: '连接中断，{n} 项操作已保存在本机，恢复后自动提交。', unreachable: '无法连接服务，正在重试。',

  keys: '快捷键', letter_keys: '启用单个字符的快捷键（关闭后按 F2 输入新值）', help: '全部快捷键', accept: '确认并前往下一处', type: '输入新值', choose: '选用候选', skip: '下一处', back: '上一处',
  broken_sum: '下一处不符', undo: '撤销', redo: '重做', move: '移动', leaf: '下一页', leave: '返回队列',

  alike_about: '识读结果相同的待核单元格并列一屏：划去不同者，其余一次确认。', readings: '识读结果',
  accept_rest: '确认其余 {n} 个', accepted: '已确认 {n} 个字段。',
  unseen: '另有 {n} 个的图片尚未显示，不在其内。', no_picture: '图片未能取得', not_accepted: '{n} 个字段未能确认',
  drop_here: '将文件拖放到此处，或点击选择', drop_kinds: 'PDF、PNG、JPEG、TIFF', waiting: '等待', sending_file: '上传中',
  fields_read: '已识读字段', review_rate: '需复核比例', no_year: '未知', nothing_yet: '尚无数据。',
  'chart.years': '各年度报告', 'chart.years.about': '按年度与状态统计的报告数。',
  'chart.reliability': '可信度与复核结果', 'chart.reliability.about': '按可信度分段：复核人认定正确的比例应不低于系统给出的可信度。', claimed: '给出的可信度', found: '复核正确的比例',
  'chart.misread': '最常更正的字段', 'chart.misread.about': '有复核人更正过该字段的报告数。',
  band: '可信度 {claimed}，复核正确 {found}（{n} 个字段）',

  refused: '服务拒绝：',
  held_by: '{who} 正在复核此报告，只能查看。',
  'refused.unauthorized': '密钥无效或已吊销。', 'refused.forbidden': '此密钥无权进行该操作。',
  'refused.not_found': '没有这份报告。', 'refused.unknown_field': '此报告没有这个字段，或其单元格未找到。',
  'refused.no_such_page': '文件没有这一页。', 'refused.method_not_allowed': '服务不支持该操作。',
  'refused.not_extracted': '报告尚未识别，或无法识别。', 'refused.already_ended': '报告的识别已经结束。',
  'refused.outdated_reading': '报告由另一版本识别，请先重新识别。',
  'refused.leased': '他人正在复核此报告，只能查看。', 'refused.stale_version': '这份报告已被他人改动。',
  'refused.invalid_request': '服务不接受该内容。', 'refused.idempotency_key_reused': '请求编号已用于另一请求。',
  'refused.precondition_required': '请求未说明所依据的版本。', 'refused.rate_limited': '请求过于频繁，请稍候。',
  'refused.internal': '服务内部出错，请告知管理员。', 'refused.unavailable': '服务暂时无法使用，请稍后再试。',
  'refused.no_room': '服务的磁盘已满，请告知管理员。', 'refused.unreachable': '无法连接服务。',
  'refused.unsupported_type': '不支持的文件类型，请上传 PDF、PNG、JPEG 或 TIFF。', 'refused.too_large': '文件过大，请拆分，或以 200 dpi 扫描。',
  'refused.encrypted_pdf': 'PDF 设有密码，请去除密码后再上传。', 'refused.unreadable_file': '文件为空、不完整或已损坏，请重新上传。',
  'refused.no_pages': '文件没有页面，请确认已完整保存。', 'refused.too_many_pages': '页数过多，请只上传年度报告本身。',
  'refused.page_too_large': '页面过大或过长，请以 200 至 300 dpi 扫描。', 'refused.not_a_report': '文件中没有已知表样的年度报告。',

  /** The service's sentences, and what they are in Chinese. */
  sentences: [
    [/^Nothing could be read; with (.+?) (“.*”|the form's sums)(?: and (\d+) more)? would hold\.$/,
      (_, value, sum, more) => `无法识读；若为 ${value}，则${quoted(sum, more)}成立。`],
    [/^“(.*?)” was read, less likely than not \((.+?)\); with (.+?) (“.*”|the form's sums)(?: and (\d+) more)? would hold\.$/,
      (_, first, sure, value, sum, more) => `识读为“${first}”，但把握不足一半（${sure}）；若为 ${value}，则${quoted(sum, more)}成立。`],
    [/^No cell was found; with (.+?) (“.*”|the form's sums)(?: and (\d+) more)? would hold\.$/,
      (_, value, sum, more) => `未找到对应单元格；若为 ${value}，则${quoted(sum, more)}成立。`],
    [/^With (.+?) (“.*”|the form's sums)(?: and (\d+) more)? would hold; the print differs\.$/,
      (_, value, sum, more) => `若为 ${value}，则${quoted(sum, more)}成立；原文不同。`],
    [/^“(.*?)” was read first \((.+?)\), “(.*?)” is in the image too \((.+?)\), and (.*)\.$/,
      (_, first, sure, kept, other, decided) => `首先识读为“${first}”（${sure}），图像亦支持“${kept}”（${other}）；${decidedBy(decided)}。`],
    [/^Nothing in this cell could be read\.$/, '此单元格无法识读。'],
    [/^No cell was found\.$/, '未找到对应单元格。'],
    [/^A person corrected “(.*)”\.$/, '复核人更正了“$1”。'],
  ],
};

function quoted(sum, more) {
  const name = sum.startsWith('“') ? sum : '表内勾稽';
  return more ? `${name}等 ${Number(more) + 1} 项勾稽` : name;
}

function decidedBy(text) {
  return text
    .replace(/with it (“.*?”|the form's sums)(?: and (\d+) more)? would hold/, (_, sum, more) => `取后者则${quoted(sum, more)}成立`)
    .replace(/ and (?=“)/, '，且')
    .replace(/(“.*?”) in (.*?) \(page (\d+)\) states it/, '正文第 $3 页“$2”载明$1');
}
